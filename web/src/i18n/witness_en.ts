import type { witness_id } from "./witness_id";

/** Witnesses of the log. */
export const witness_en: Record<keyof typeof witness_id, string> = {
  "witness.title": "Witnesses of the log",
  "witness.intro": "People outside this office keep the fingerprint of every entry and cosign the checkpoint. An entry that is changed later is named by its number.",
  "witness.none": "There is no witness yet. A change from inside shows only if somebody kept a copy of the checkpoint.",
  "witness.none.how": "Ask the inspectorate to run `ronda witness`, then trust its key here.",
  "witness.last": "Last witnessed {time}, {n} {n|entry|entries}",
  "witness.never": "Has never signed",
  "witness.late": "last witnessed {n} {n|day|days} ago",
  "witness.late.day": "last witnessed more than a day ago",
  "witness.fresh": "witnessing",
  "witness.show": "Show the checkpoint with the witnesses' signatures",
  "witness.alarm": "{name}: the log is no longer what was witnessed",
  "witness.kind.changed": "entry {n} changed since {time}",
  "witness.kind.removed": "entry {n} was removed since {time}",
  "witness.kind.shorter": "the log shrank to {n} {n|entry|entries} since {time}: an old copy was put back",
  "witness.kind.other_tree": "the log's tree does not continue the {n} {n|entry|entries} witnessed {time}",
  "witness.more": "and {n} more",
  "witness.hashes": "Was {kept}, is {now}",
  "witness.alarm.next": "The witness signs no more. Delete nothing; call the inspectorate, then compare with a backup.",
  "act.jejak.peringatan_penjaga": "alarm of a witness",
  "act.jejak.penjaga_dipercaya": "trusted a witness",
  "act.jejak.penjaga_dicabut": "stopped trusting a witness",
};
