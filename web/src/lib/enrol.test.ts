import { expect, test } from "vitest";
import type { Schema } from "../api/call";
import { clockOf, withLogin } from "./enrol";

const found = (offset: number | null): Schema["ProbeOut"] => ({ onvif: true, host: "h", maker: "", model: "", firmware: "", serial: "", clock_offset_s: offset, clock_uncertainty_s: 0.5, streams: [], card: false, picture: null, no_picture: "", known: false });

test("a password with signs of its own stays inside the user part of the address", () => {
  expect(withLogin("rtsp://10.0.0.5:554/live?x=1", "admin", "p@ss/w:rd*%")).toBe("rtsp://admin:p%40ss%2Fw%3Ard%2A%25@10.0.0.5:554/live?x=1");
});

test("an address without an account, or with one, stays as it is", () => {
  expect(withLogin("rtsp://10.0.0.5/live", "", "x")).toBe("rtsp://10.0.0.5/live");
  expect(withLogin("rtsp://a:b@10.0.0.5/live", "admin", "x")).toBe("rtsp://a:b@10.0.0.5/live");
});

test("a clock within what the measurement can tell is the same, and one that was not measured is not zero", () => {
  expect(clockOf(found(0.4), "id").key).toBe("same");
  expect(clockOf(found(-3600), "id")).toEqual({ key: "behind", s: "3.600", u: "0,5" });
  expect(clockOf(found(12.34), "en")).toEqual({ key: "ahead", s: "12.3", u: "0.5" });
  expect(clockOf(found(null), "id").key).toBe("none");
});
