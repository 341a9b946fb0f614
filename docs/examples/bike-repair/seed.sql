CREATE TABLE bikes (
  number INTEGER PRIMARY KEY,           -- the sticker below the saddle
  owner TEXT NOT NULL,
  model TEXT NOT NULL
);
CREATE TABLE repairs (
  repair INTEGER PRIMARY KEY,
  bike INTEGER NOT NULL REFERENCES bikes,
  work TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'begun', 'ready', 'cancelled')),
  price_cents INTEGER NOT NULL,
  pickup_day TEXT NOT NULL
);
CREATE TABLE days (
  day TEXT PRIMARY KEY,
  free INTEGER NOT NULL CHECK (free >= 0)
);

INSERT INTO bikes VALUES
  (204117, 'Mara Okoye', 'city bike, green'),
  (204230, 'Jon Lindqvist', 'racing bike'),
  (204344, 'Priya Raman', 'cargo bike'),
  (204451, 'Tomas Vidal', 'folding bike');
INSERT INTO repairs VALUES
  (1, 204117, 'new chain', 'ready', 4500, '2026-05-06'),
  (2, 204230, 'brakes', 'waiting', 6200, '2026-05-09'),
  (3, 204344, 'rear wheel', 'begun', 11800, '2026-05-08');
INSERT INTO days VALUES
  ('2026-05-06', 0), ('2026-05-07', 2), ('2026-05-08', 1), ('2026-05-09', 0), ('2026-05-11', 3);
