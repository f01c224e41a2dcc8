import type { Random } from "@thoth/testing/random";
import { isoTime } from "./calendar.ts";
import { categoryFigures } from "./catalogue-figures.ts";

interface PageRow {
  readonly domain: string;
  readonly page: string;
  readonly page_title: string;
  readonly pageviews: string;
  readonly visits: string;
  readonly active_visitors: string;
  readonly pageviews_per_session: string;
  readonly avg_session_duration: string;
  readonly bounce_rate: string;
}

const site = "splashkit.io";
const topPages = 20;
const otherPages: readonly (readonly [string, string, number])[] = [
  ["/", "SplashKit", 5200],
  ["/installation/", "Installation", 3900],
  ["/guides/", "Guides", 1500],
  ["/guides/graphics/", "Guides: graphics", 900],
];

/** A report of the most viewed pages in the 30 days before `takenAt`, in the shape Google Analytics 4 exports. */
export function topPagesReport(takenAt: number, scale: number, random: Random): object {
  const references = categoryFigures.map(({ category, calls }) => {
    const path = category.replaceAll("_", "-");
    return [`/api/${path}/`, `API: ${category.replaceAll("_", " ")}`, 90 * Math.sqrt(calls + 4)] as const;
  });
  const pages = [...otherPages, ...references].map(([path, title, views]) =>
    pageRow(path, title, views * scale * 10, random),
  );
  const data = pages.toSorted((a, b) => Number(b.pageviews) - Number(a.pageviews)).slice(0, topPages);
  const names = (key: string, values: readonly string[]) => values.map((value) => ({ [key]: value }));
  return {
    name: "top-pages-30-days",
    query: {
      dimensions: names("name", ["hostName", "fullPageUrl", "pageTitle"]),
      metrics: names("name", [
        "screenPageViews",
        "sessions",
        "activeUsers",
        "screenPageViewsPerSession",
        "averageSessionDuration",
        "bounceRate",
      ]),
      orderBys: [{ metric: { metricName: "screenPageViews" }, desc: true }],
      dateRanges: [{ startDate: "30daysAgo", endDate: "yesterday" }],
      limit: String(topPages),
    },
    meta: { name: "Top pages (30 days)", description: "The most viewed pages of the documentation site." },
    data,
    totals: { pageviews: data.reduce((sum, row) => sum + Number(row.pageviews), 0) },
    taken_at: isoTime(takenAt),
  };
}

function pageRow(path: string, title: string, expected: number, random: Random): PageRow {
  const pageviews = Math.max(1, Math.round(random.logNormal(expected, 0.25)));
  const visits = Math.max(1, Math.round(pageviews / (1.3 + random.next())));
  return {
    domain: site,
    page: `${site}${path}`,
    page_title: title,
    pageviews: String(pageviews),
    visits: String(visits),
    active_visitors: String(Math.max(1, Math.round(visits * 0.7))),
    pageviews_per_session: String(pageviews / visits),
    avg_session_duration: String(40 + 120 * random.next()),
    bounce_rate: String(random.next() * 0.5),
  };
}
