import type { ControlHandle } from "./control-plane.ts";

/** That a target starts when a product is published: `market/stall` when `farm/eggs` is. */
export interface Following {
  readonly target: string;
  readonly domain: string;
  readonly product: string;
}

/** A product's pointer has moved since its target was last sent for that. */
export interface PublishToFollow extends Following {
  /** Of the newest move. */
  readonly sequence: number;
  /** Epoch ms. */
  readonly movedAt: number;
  /** The run that computed what it points to now; undefined when that was gone back to, as it was or as a copy. */
  readonly runId: string | undefined;
}

/** Which publishes have led to what they start. A crash between the two leaves the publish to be followed. */
export interface PublishMarks {
  /** Of what is followed, that which has moved on. A target that is seen for the first time has followed nothing yet. */
  toFollow(followings: readonly Following[]): Promise<PublishToFollow[]>;
  /** @returns false when another worker has followed that move in the meantime */
  advance(publish: PublishToFollow): Promise<boolean>;
}

interface Row {
  readonly target: string;
  readonly domain: string;
  readonly product: string;
  readonly sequence: string;
  readonly moved_at: Date;
  readonly run_id: string | null;
}

/** Moves of one product are in the order of their sequence, for each waits for the row of the pointer. */
const toFollowSql = `
  select wanted.*, newest.sequence::text, newest.moved_at,
    case when not exists (
      select from mesh.pointer_moves earlier
      where earlier.domain = wanted.domain and earlier.product = wanted.product
        and earlier.snapshot_id = newest.snapshot_id and earlier.sequence < newest.sequence
    ) then (select run_id from mesh.snapshots where id = newest.snapshot_id and restored_from is null) end as run_id
  from unnest($1::text[], $2::text[], $3::text[]) as wanted (target, domain, product)
  join lateral (
    select sequence, snapshot_id, moved_at from mesh.pointer_moves moves
    where moves.domain = wanted.domain and moves.product = wanted.product
    order by moved_at desc, sequence desc limit 1
  ) newest on true
  left join mesh.publish_marks marks using (target, domain, product)
  where newest.sequence > coalesce(marks.followed, 0)
  order by newest.sequence, target`;

export function openPublishMarks(control: ControlHandle): PublishMarks {
  return {
    toFollow: async (followings) => {
      const columns = (["target", "domain", "product"] as const).map((name) => followings.map((one) => one[name]));
      const rows = await control.query<Row>(toFollowSql, columns);
      return rows.map(({ sequence, moved_at: movedAt, run_id: runId, ...following }) => ({
        ...following,
        sequence: Number(sequence),
        movedAt: movedAt.getTime(),
        runId: runId ?? undefined,
      }));
    },
    advance: async ({ target, domain, product, sequence }) => {
      const rows = await control.query(
        `insert into mesh.publish_marks as mark (target, domain, product, followed) values ($1, $2, $3, $4::bigint)
         on conflict (target, domain, product) do update set followed = excluded.followed
         where mark.followed < excluded.followed returning target`,
        [target, domain, product, sequence],
      );
      return rows.length > 0;
    },
  };
}
