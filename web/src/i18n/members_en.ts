/** Who helps, another scope, early deletion, sessions: the texts of their screens. */
import type { members_id } from "./members_id";

export const members_en: Record<keyof typeof members_id, string> = {
  "members.title": "Who helps",
  "members.how": "Assigned people may look at this case's footage while its access is open. Every look is in the log.",
  "members.none": "Nobody is assigned yet.",
  "members.who": "Person",
  "members.pick": "Choose a person",
  "members.add": "Assign",
  "members.drop": "Take off",
  "members.drop.label": "Take {name} off this case",
  "members.nobody": "Nobody else in this area may look at footage.",
  "scope.title": "Ask for another scope",
  "scope.how": "Other cameras or another time need a new approval. Once sent, the footage now asked for is locked, and access closes until it is approved again.",
  "scope.reason": "Why the scope changes",
  "scope.go": "Ask for this scope",
  "erase.title": "Ask for footage to be deleted",
  "erase.open": "Ask for footage to be deleted",
  "erase.how": "Files that lie wholly within this span are deleted once a second person allows it. What is locked as evidence is kept. What is deleted cannot be brought back.",
  "erase.camera": "Camera",
  "erase.from": "Footage from",
  "erase.to": "Footage until",
  "erase.for_person": "Asked for by somebody who is seen in it",
  "erase.for_person.how": "What is locked as evidence now goes by itself when its lock ends.",
  "erase.go": "Ask for the deletion",
  "erase.asked": "Asked for. A second person decides it in the list below.",
};
