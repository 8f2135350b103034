/** What a past tile asks for, and how it brings its picture to the room's instant. Pure; `PastPlayer` obeys. */
import { SECOND_US } from "./time";

/** How far ahead of the instant footage is asked for, at normal speed. */
export const AHEAD_US = 12 * SECOND_US;
/** Playing back in steps fetches this much before the instant at once, else each step would be a request. */
export const BACK_US = 10 * SECOND_US;
/** Beyond this distance the picture jumps instead of hurrying. */
export const RESEEK_S = 0.15;
/** The last pictures before the asked instant come with its key frame. */
const SLACK_BEFORE_US = SECOND_US / 5;

export interface Asked {
  fromUs: number;
  untilUs: number;
}

/** The request for an instant that is not here; `firstUs` is where the approved span begins. */
export function askFor(wallUs: number, rate: number, firstUs: number): Asked {
  const fromUs = rate < 0 ? Math.max(firstUs, wallUs - BACK_US) : wallUs;
  return { fromUs, untilUs: wallUs + AHEAD_US };
}

/** Whether what was asked will bring this instant: not before it, and not much after its end. */
export function reaches(asked: Asked, wallUs: number): boolean {
  return wallUs >= asked.fromUs - SLACK_BEFORE_US && wallUs <= asked.untilUs + SECOND_US;
}

/** Up to where more should come now; null: enough is on its way. Fast play looks further ahead. */
export function moreUntil(asked: Asked, wallUs: number, rate: number): number | null {
  const wanted = wallUs + AHEAD_US * Math.max(1, Math.abs(rate));
  return wanted < asked.untilUs + AHEAD_US / 3 ? null : wanted;
}

export interface PastSteer {
  /** 0: stand still */
  rate: number;
  seekToS: number | null;
}

/** timeS is wanted, currentS is shown. Standing or going back, every picture is a seek of its own. */
export function steerPast(timeS: number, currentS: number, rate: number, frameS: number): PastSteer {
  const offS = timeS - currentS;
  if (rate <= 0) return { rate: 0, seekToS: Math.abs(offS) > frameS / 4 ? timeS : null };
  const pull = Math.max(-0.2, Math.min(0.2, offS));
  return {
    rate: Math.min(16, Math.max(0.1, rate * (1 + pull))),
    seekToS: Math.abs(offS) > RESEEK_S * Math.max(1, rate) ? timeS : null,
  };
}
