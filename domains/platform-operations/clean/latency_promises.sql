-- One row per product that promises a latency: the longest time, in milliseconds, that it may lag behind.
SELECT domain, product, min(duration_ms) AS promised_ms
FROM raw.promises
WHERE property = 'latency' AND duration_ms IS NOT NULL
GROUP BY domain, product
