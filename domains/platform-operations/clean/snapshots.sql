-- One row per published snapshot of a product.
SELECT id, domain, product, row_count, size_bytes, published_at
FROM raw.snapshots
QUALIFY row_number() OVER (PARTITION BY id ORDER BY _loaded_at) = 1
