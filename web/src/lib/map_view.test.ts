import { describe, expect, it } from "vitest";
import { boundsOf, fit, fitting, moved, nextSpot, Projection, ringsOf, WIDTH, zoomAt } from "./map_view";

const square = { type: "Polygon", coordinates: [[[116, 0], [118, 0], [118, 2], [116, 2], [116, 0]]] };
const projection = new Projection(boundsOf([square]));

describe("a camera's sector", () => {
  const numbers = (path: string): number[] => (path.match(/-?[\d.]+/g) ?? []).map(Number);

  it("begins at the camera and reaches as far east as the range when it looks east", () => {
    const [x = 0, y = 0, fromX = 0, fromY = 0, r = 0, , , , , toX = 0, toY = 0] = numbers(projection.sector(1, 117, 90, 60, 100));
    expect([x, y]).toEqual([projection.x(117), projection.y(1)]);
    expect(r).toBeCloseTo(projection.km / 10, 6);
    expect(fromX - x).toBeCloseTo(r * Math.cos(Math.PI / 6), 3);
    expect(fromY).toBeLessThan(y); // its northern edge first, clockwise
    expect(toX).toBeCloseTo(fromX, 3);
    expect(toY).toBeGreaterThan(y);
  });

  it("is a whole circle for a camera that looks all around", () => {
    expect(projection.sector(1, 117, 0, 360, 100)).toContain("a");
    expect(projection.sector(1, 117, 0, 360, 100)).not.toContain("L");
  });
});

describe("the projection", () => {
  it("puts west to the left and north up, with true proportions", () => {
    expect(projection.x(116)).toBe(0);
    expect(projection.x(118)).toBeCloseTo(WIDTH);
    expect(projection.y(2)).toBe(0);
    expect(projection.y(0)).toBeCloseTo(projection.height);
    expect(projection.height).toBeCloseTo(WIDTH, -1);
    expect(projection.km).toBeCloseTo(WIDTH / (2 * 111.195), 1);
  });
  it("draws every ring of several polygons, and nothing of a point", () => {
    const two = { type: "MultiPolygon", coordinates: [square.coordinates, square.coordinates] };
    expect(projection.path(two).match(/M/g)).toHaveLength(2);
    expect(ringsOf({ type: "Point", coordinates: [1, 2] })).toEqual([]);
  });
});

describe("a map without areas yet", () => {
  it("still has numbers to draw with", () => expect(new Projection(boundsOf([])).height).toBeCloseTo(WIDTH, -1));
});

describe("the view", () => {
  const whole = fit(projection, 600, 400);
  it("shows the whole region", () => {
    expect(WIDTH * whole.k).toBeLessThanOrEqual(600 - 32);
    expect(projection.height * whole.k).toBeLessThanOrEqual(400 - 32 + 0.001);
  });
  it("keeps the place below the pointer when it zooms", () => {
    const near = zoomAt(whole, 3, 250, 120, whole);
    expect((250 - near.x) / near.k).toBeCloseTo((250 - whole.x) / whole.k);
    expect(near.k).toBeCloseTo(whole.k * 3);
  });
  it("does not zoom without end, nor lose the region", () => {
    expect(zoomAt(whole, 1e9, 0, 0, whole).k).toBeCloseTo(whole.k * 60);
    expect(zoomAt(whole, 1e-9, 0, 0, whole).k).toBeCloseTo(whole.k * 0.8);
    expect(moved(whole, 1e6, -1e6, 600, 400, projection).x).toBe(540);
  });
});

describe("labels", () => {
  const labels = [{ text: "Sangatta Utara", x: 10, y: 10, weight: 1 }, { text: "Sangatta Selatan", x: 11, y: 11, weight: 2 }];
  it("do not lie on each other: the heavier one stays", () => expect(fitting(labels, 1).map((one) => one.text)).toEqual(["Sangatta Selatan"]));
  it("come back when there is room", () => expect(fitting(labels, 200)).toHaveLength(2));
});

describe("arrow keys", () => {
  const spots = [{ id: "a", x: 0, y: 0 }, { id: "right", x: 10, y: 1 }, { id: "far right", x: 30, y: 0 }, { id: "up", x: 1, y: -8 }];
  it("lead to the next point in their direction", () => {
    expect(nextSpot(spots, spots[0]!, "ArrowRight").id).toBe("right");
    expect(nextSpot(spots, spots[0]!, "ArrowUp").id).toBe("up");
  });
  it("stay where nothing lies ahead", () => expect(nextSpot(spots, spots[0]!, "ArrowLeft").id).toBe("a"));
});
