// What a person can do to the edge of a matte: threshold, erode, dilate, denoise, feather.
//
// The same bytes as tools/pixels/edges.py, operation by operation; tests/vectors/edges.json is checked by both. All of it
// is integer arithmetic. `alpha` is a Uint8Array of width * height, row by row, 0 = background. No function changes
// its input. Work is done in tiles, and tiles that nothing can change are only copied: what is left is the edge.

const LONGEST = 50; // px
const FAINT = 8; // alpha below it can't be seen
const ISLAND = 500; // a part with less than 1/500 of the largest part's mass is an island
const PINHOLE = 2000; // a hole of at most 1/2000 of the largest part's mass is a pinhole
const TILE = 32; // px

/** Alpha below `level` becomes 0, the rest stays as it is. */
export function threshold(alpha, level) {
  const result = alpha.slice();
  if (level > 0) for (let i = 0; i < result.length; i++) if (result[i] < level) result[i] = 0;
  return result;
}

/** Moves the edge inwards: the least alpha within the disc dx² + dy² <= px². */
export function erode(alpha, width, height, px) {
  return mixed(alpha, width, height, px, discMinimum, (own, around) => own.most > around.least);
}

/** Moves the edge outwards: the greatest alpha within the disc. */
export function dilate(alpha, width, height, px) {
  const flipped = inverted(alpha);
  const greatest = (picture, tile, radius, into) => {
    discMinimum({ alpha: flipped, width, height }, tile, radius, into);
    for (let i = 0; i < into.length; i++) into[i] = 255 - into[i];
  };
  return mixed(alpha, width, height, px, greatest, (own, around) => own.least < around.most);
}

/** Softens the edge over `px` to both sides of it: rows and columns filtered with a triangle, rounded once. */
export function feather(alpha, width, height, px) {
  return mixed(alpha, width, height, px, triangle, (own, around) => around.most > around.least);
}

/** Drops small islands, then fills pinholes; "small" is relative to the largest part, whatever the scale. */
export function denoise(alpha, width, height) {
  const { kept, largest } = withoutIslands(alpha, width, height);
  return withoutPinholes(kept, width, height, largest);
}

/** The settings of a recipe in their order; `scale` is the size of `alpha` over that of the original. */
export function applyEdges(alpha, width, height, edges, scale = 1) {
  let result = threshold(alpha, edges.alpha_threshold);
  result = erode(result, width, height, edges.erode * scale);
  result = dilate(result, width, height, edges.dilate * scale);
  if (edges.denoise) result = denoise(result, width, height);
  return feather(result, width, height, edges.feather * scale);
}

function inverted(alpha) {
  const result = new Uint8Array(alpha.length);
  for (let i = 0; i < alpha.length; i++) result[i] = 255 - alpha[i];
  return result;
}

/** `whole(r)` for whole lengths, the mix of its two neighbours for others, tile by tile where `active` says so. */
function mixed(alpha, width, height, px, whole, active) {
  if (!(px >= 0 && px <= LONGEST)) throw new RangeError(`a length must be 0..${LONGEST} px, got ${px}`);
  const below = Math.floor(px);
  const weight = Math.floor((px - below) * 256 + 0.5);
  const result = alpha.slice();
  if (below === 0 && weight === 0) return result;
  const picture = { alpha, width, height };
  const low = new Uint8Array(TILE * TILE);
  const high = new Uint8Array(TILE * TILE);
  for (const tile of tiles(picture, below + (weight ? 1 : 0), active)) {
    if (below) whole(picture, tile, below, low);
    else copyTile(picture, tile, low);
    if (weight) {
      whole(picture, tile, below + 1, high);
      for (let i = 0; i < low.length; i++) low[i] = (low[i] * (256 - weight) + high[i] * weight + 128) >> 8;
    }
    for (let y = 0; y < tile.rows; y++) {
      const from = y * TILE;
      result.set(low.subarray(from, from + tile.columns), (tile.top + y) * width + tile.left);
    }
  }
  return result;
}

/** The tiles that `active(own, around)` says yes to, from the least and most alpha of them and of `reach` px around. */
function* tiles({ alpha, width, height }, reach, active) {
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  const { least, most } = extremes(alpha, width, height, columns, rows);
  const ring = Math.ceil(reach / TILE);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const here = row * columns + column;
      const around = { least: 255, most: 0 };
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        for (let c = Math.max(0, column - ring); c <= Math.min(columns - 1, column + ring); c++) {
          around.least = Math.min(around.least, least[r * columns + c]);
          around.most = Math.max(around.most, most[r * columns + c]);
        }
      }
      if (!active({ least: least[here], most: most[here] }, around)) continue;
      const [left, top] = [column * TILE, row * TILE];
      yield { left, top, columns: Math.min(TILE, width - left), rows: Math.min(TILE, height - top) };
    }
  }
}

function extremes(alpha, width, height, columns, rows) {
  const least = new Uint8Array(columns * rows).fill(255);
  const most = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const first = Math.floor(y / TILE) * columns;
    for (let column = 0; column < columns; column++) {
      const end = y * width + Math.min(width, (column + 1) * TILE);
      let low = least[first + column];
      let high = most[first + column];
      for (let i = y * width + column * TILE; i < end; i++) {
        const value = alpha[i];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      least[first + column] = low;
      most[first + column] = high;
    }
  }
  return { least, most };
}

function copyTile({ alpha, width }, tile, into) {
  for (let y = 0; y < tile.rows; y++) {
    const from = (tile.top + y) * width + tile.left;
    into.set(alpha.subarray(from, from + tile.columns), y * TILE);
  }
}

/**
 * The least alpha within a disc. For each row of the disc the least of a stretch of the picture's row is wanted:
 * it is the lesser of two overlapping stretches of a length 2^k, and those are prepared once for the tile.
 */
function discMinimum(picture, tile, radius, into) {
  const { levels, size } = stretches(picture, tile, radius);
  into.fill(0);
  const spans = lookedAt(picture, tile, into);
  for (const { dy, half, level, back } of discRows(radius)) {
    const stretch = levels[level];
    for (let y = 0; y < tile.rows; y++) {
      const shift = (y + radius + dy) * size + radius - y * TILE;
      for (let i = spans[2 * y]; i < spans[2 * y + 1]; i++) {
        const less = lesser(stretch[i + shift - half], stretch[i + shift + back]);
        into[i] = lesser(less, into[i]);
      }
    }
  }
}

/** Copies the tile, and for each of its rows where in `into` the pixels begin and end that are not 0 already. */
function lookedAt({ alpha, width }, tile, into) {
  const spans = new Int32Array(2 * TILE);
  for (let y = 0; y < tile.rows; y++) {
    const from = (tile.top + y) * width + tile.left;
    let [start, end] = [0, tile.columns];
    while (start < end && alpha[from + start] === 0) start++;
    while (end > start && alpha[from + end - 1] === 0) end--;
    into.set(alpha.subarray(from + start, from + end), y * TILE + start);
    spans[2 * y] = y * TILE + start;
    spans[2 * y + 1] = y * TILE + end;
  }
  return spans;
}

/** The lesser of two small whole numbers, without a branch: in hair, a branch would be guessed wrong half the time. */
function lesser(a, b) {
  return b + ((a - b) & ((a - b) >> 31));
}

/** The rows of a disc, from the middle outwards: half their length, and the two stretches that cover them. */
function discRows(radius) {
  const rows = [];
  for (let distance = 0; distance <= radius; distance++) {
    let half = Math.floor(Math.sqrt(radius * radius - distance * distance));
    while ((half + 1) ** 2 + distance ** 2 <= radius ** 2) half++;
    while (half ** 2 + distance ** 2 > radius ** 2) half--;
    const level = Math.floor(Math.log2(2 * half + 1));
    const back = half + 1 - 2 ** level;
    for (const dy of distance ? [-distance, distance] : [0]) rows.push({ dy, half, level, back });
  }
  return rows;
}

const rooms = new Map(); // kept between calls: for each size one buffer for each level

/** levels[k][i]: the least of the 2^k pixels from i on, of the tile with `radius` around; outside lies nothing. */
function stretches({ alpha, width, height }, tile, radius) {
  const size = TILE + 2 * radius;
  if (!rooms.has(size)) rooms.set(size, [new Uint8Array(size * size)]);
  const room = rooms.get(size);
  const first = room[0].fill(255);
  const left = Math.max(0, tile.left - radius);
  const right = Math.min(width, tile.left + TILE + radius);
  for (let y = 0; y < size; y++) {
    const row = tile.top - radius + y;
    if (row < 0 || row >= height) continue;
    first.set(alpha.subarray(row * width + left, row * width + right), y * size + left - (tile.left - radius));
  }
  const count = Math.floor(Math.log2(2 * radius + 1)) + 1;
  for (let k = 1; k < count; k++) {
    const from = room[k - 1];
    const to = (room[k] ??= new Uint8Array(size * size));
    const step = 2 ** (k - 1);
    for (let i = 0; i < to.length - step; i++) to[i] = lesser(from[i], from[i + step]);
  }
  return { levels: room, size };
}

/** The triangle filter as two running sums of radius + 1 pixels, along rows and then along columns. */
function triangle(picture, tile, radius, into) {
  const size = TILE + 2 * radius;
  const lines = new Int32Array(size * TILE); // summed along rows: `size` lines of TILE
  const line = new Int32Array(size);
  for (let y = 0; y < size; y++) {
    fillLine(picture, tile, radius, y, line);
    runningSums(line, 1, radius + 1);
    lines.set(line.subarray(0, TILE), y * TILE);
  }
  runningSums(lines, TILE, radius + 1);
  const total = (radius + 1) ** 4;
  const rounding = Math.floor(total / 2);
  for (let i = 0; i < into.length; i++) into[i] = ((lines[i] + rounding) / total) | 0;
}

/** Row `y` of the tile with `radius` around it; outside of the picture its border is repeated. */
function fillLine({ alpha, width, height }, tile, radius, y, line) {
  const row = Math.min(height - 1, Math.max(0, tile.top - radius + y)) * width;
  const left = tile.left - radius;
  const from = Math.max(0, left);
  const to = Math.min(width, left + line.length);
  line.set(alpha.subarray(row + from, row + to), from - left);
  line.fill(alpha[row], 0, from - left);
  line.fill(alpha[row + width - 1], to - left);
}

/**
 * In place and twice: of lines of `step` values each, every value becomes the sum of its own and those of the
 * window - 1 lines after it. The last lines are then not valid.
 */
function runningSums(values, step, window) {
  const sums = new Int32Array(step);
  const reach = window * step;
  for (let pass = 1; pass <= 2; pass++) {
    const end = values.length - pass * (window - 1) * step;
    sums.fill(0);
    for (let i = 0; i < reach; i++) sums[i % step] += values[i];
    for (let start = 0; start < end; start += step) {
      const more = start + step < end; // the last line has none after its window
      for (let x = 0; x < step; x++) {
        const first = values[start + x];
        values[start + x] = sums[x];
        if (more) sums[x] += values[start + x + reach] - first;
      }
    }
  }
}

/** Alpha without islands, and the mass of the largest part. */
function withoutIslands(alpha, width, height) {
  const parts = connected(alpha, width, height, FAINT, 255, true, (value) => value);
  const largest = parts.masses.reduce((a, b) => Math.max(a, b), 0);
  const stays = new Uint8Array(alpha.length);
  parts.each((part, from, to) => {
    if (parts.masses[part] * ISLAND >= Math.max(largest, 1)) stays.fill(1, from, to);
  });
  const kept = alpha.slice();
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] && !stays[i] && !touches(stays, width, height, i)) kept[i] = 0;
  }
  return { kept, largest };
}

function touches(mask, width, height, index) {
  const x = index % width;
  const y = (index - x) / width;
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
      if (mask[row * width + column]) return true;
    }
  }
  return false;
}

function withoutPinholes(alpha, width, height, largest) {
  const parts = connected(alpha, width, height, 0, 255 - FAINT, false, (value) => 255 - value);
  const result = alpha.slice();
  parts.each((part, from, to) => {
    if (parts.masses[part] * PINHOLE > largest) return;
    result.fill(255, from, to);
    const y = Math.floor(from / width);
    const left = Math.max(0, (from % width) - 1);
    const right = Math.min(width, to - y * width + 1);
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let i = row * width + left; i < row * width + right; i++) {
        if (alpha[i] > 255 - FAINT) result[i] = 255;
      }
    }
  });
  return result;
}

/**
 * The connected parts of least <= alpha <= most, found by joining the runs of neighbouring rows.
 * `masses[part]` is the sum of weigh(alpha); `each(visit)` calls visit(part, from, to) for every run.
 */
function connected(alpha, width, height, least, most, diagonal, weigh) {
  const [starts, ends, parents, masses] = [[], [], [], []];
  const rootOf = (run) => {
    while (parents[run] !== run) run = parents[run] = parents[parents[run]];
    return run;
  };
  const slack = diagonal ? 1 : 0;
  let above = 0; // first run of the row above
  for (let y = 0; y < height; y++) {
    const first = starts.length;
    runsOfRow(alpha, y * width, (y + 1) * width, least, most, weigh, { starts, ends, parents, masses });
    let upper = above;
    for (let run = first; run < starts.length; run++) {
      while (upper < first && ends[upper] + width + slack <= starts[run]) upper++;
      for (let u = upper; u < first && starts[u] + width < ends[run] + slack; u++) parents[rootOf(u)] = rootOf(run);
    }
    above = first;
  }
  for (let run = 0; run < starts.length; run++) {
    const root = rootOf(run);
    if (root !== run) [masses[root], masses[run]] = [masses[root] + masses[run], 0];
  }
  const each = (visit) => starts.forEach((from, run) => visit(rootOf(run), from, ends[run]));
  return { masses, each };
}

function runsOfRow(alpha, from, to, least, most, weigh, { starts, ends, parents, masses }) {
  let mass = 0;
  let start = -1;
  for (let i = from; i <= to; i++) {
    const value = alpha[i];
    const inside = i < to && value >= least && value <= most;
    if (inside) {
      if (start < 0) start = i;
      mass += weigh(value);
    } else if (start >= 0) {
      parents.push(starts.length);
      starts.push(start);
      ends.push(i);
      masses.push(mass);
      mass = 0;
      start = -1;
    }
  }
}
