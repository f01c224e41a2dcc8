-- One row is one page of the documentation site in the newest report of the most viewed pages in 30 days.
select
  page,
  any_value(page_title order by page_title) as page_title,
  -- Reference pages are one a category, written with hyphens: splashkit.io/api/resource-bundles/
  replace(nullif(regexp_extract(page, '/api/([a-z0-9-]+)/?$', 1), ''), '-', '_') as category,
  sum(pageviews)::bigint as pageviews,
  sum(visits)::bigint as visits,
  max(taken_at) as taken_at
from raw.docs_pages
where taken_at = (select max(taken_at) from raw.docs_pages)
group by page
