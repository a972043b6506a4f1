// Tested by: test/image/decode/pillow-headers.test.ts
/**
 * Finds the end of the picture in a JPEG file, by decoding its scans as far as the lengths of codes
 * go.
 *
 * Files without an end marker are common (panoramas of phones, with a trailer; some cameras). A
 * decoder paints missing parts grey and reports nothing, so only a walk separates a complete
 * picture from one that was cut off. Specification: ITU-T T.81, annexes F and G.
 */
import { bytesOf } from "./bytes.ts";
import { isFrame, nextSegment } from "./jpeg-segments.ts";

interface Component {
  readonly id: number;
  /** Blocks of an MCU across and down. */
  readonly across: number;
  readonly down: number;
  /** Blocks across and down in a scan of this component alone. */
  columns: number;
  rows: number;
  /** For each coefficient the bit down to which it is known; 255 before its first scan. */
  readonly lowBit: Uint8Array;
  /** Progressive: which coefficients are not zero. [rows * columns, 64] */
  nonzero: Uint8Array;
}

interface Scan {
  readonly parts: readonly {
    readonly component: Component;
    readonly dc: Table;
    readonly ac: Table;
  }[];
  readonly first: number;
  readonly last: number;
  /** Progressive: the bit of the scan before, or 0. */
  readonly high: number;
}

/** Codes by the next 16 bits: length << 8 | symbol, 0 if there is no code. */
type Table = Uint16Array;

/** libjpeg-turbo's advice: more scans than this are an attack. */
const MAX_SCANS = 500;

const NO_TABLE: Table = new Uint16Array(65_536);

/**
 * Returns the byte after the last scan that the picture needs.
 * @throws RangeError if the picture is not complete
 */
export function findPictureEnd(view: DataView): number {
  const tables = new Map<number, Table>();
  let components: Component[] = [];
  let mcus = 0;
  let restartInterval = 0;
  let isProgressive = false;
  let scans = 0;
  let at = 2;
  for (;;) {
    const segment = nextSegment(view, at);
    if (segment === undefined) throw new RangeError("the picture ends before its last scan");
    if (scans > MAX_SCANS) throw new RangeError("too many scans");
    const { marker, begin, end } = segment;
    at = end;
    if (marker === 0xc4) readTables(view, begin, end, tables);
    if (marker === 0xdd) restartInterval = view.getUint16(begin);
    if (isFrame(marker)) {
      isProgressive = marker === 0xc2;
      [components, mcus] = readFrame(view, begin, isProgressive);
    }
    if (marker !== 0xda) continue;
    scans++;
    const scan = readScan(view, begin, components, tables, isProgressive);
    at = skipScan(new Bits(bytesOf(view), end), scan, mcus, restartInterval, isProgressive);
    if (components.every(({ lowBit }) => lowBit.every((bit) => bit === 0))) return at;
  }
}

function readTables(view: DataView, begin: number, end: number, tables: Map<number, Table>): void {
  for (let at = begin; at < end;) {
    const table = new Uint16Array(65_536);
    tables.set(view.getUint8(at), table);
    let symbol = at + 17;
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      for (let left = view.getUint8(at + length); left > 0; left--) {
        const span = 1 << (16 - length);
        table.fill((length << 8) | view.getUint8(symbol++), code, code + span);
        code += span;
      }
    }
    at = symbol;
  }
}

function readFrame(view: DataView, begin: number, isProgressive: boolean): [Component[], number] {
  const height = view.getUint16(begin + 1);
  const width = view.getUint16(begin + 3);
  const components: Component[] = [];
  for (let i = 0; i < view.getUint8(begin + 5); i++) {
    const factors = view.getUint8(begin + 7 + i * 3);
    components.push({
      id: view.getUint8(begin + 6 + i * 3),
      across: factors >> 4,
      down: factors & 15,
      columns: 0,
      rows: 0,
      lowBit: new Uint8Array(64).fill(255),
      nonzero: new Uint8Array(0),
    });
  }
  const across = Math.max(...components.map((component) => component.across));
  const down = Math.max(...components.map((component) => component.down));
  for (const component of components) {
    component.columns = Math.ceil(Math.ceil((width * component.across) / across) / 8);
    component.rows = Math.ceil(Math.ceil((height * component.down) / down) / 8);
    if (isProgressive) component.nonzero = new Uint8Array(component.columns * component.rows * 64);
  }
  return [components, Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down))];
}

/** Reads a scan's header and notes what is known after it. */
function readScan(
  view: DataView,
  begin: number,
  components: readonly Component[],
  tables: ReadonlyMap<number, Table>,
  isProgressive: boolean,
): Scan {
  const count = view.getUint8(begin);
  const after = begin + 1 + count * 2;
  const [first, last] = isProgressive ? [view.getUint8(after), view.getUint8(after + 1)] : [0, 63];
  const bits = isProgressive ? view.getUint8(after + 2) : 0;
  const parts = Array.from({ length: count }, (_, i) => {
    const id = view.getUint8(begin + 1 + i * 2);
    const component = components.find((one) => one.id === id);
    if (component === undefined) throw new RangeError("a scan of an unknown component");
    component.lowBit.fill(bits & 15, first, last + 1);
    const selected = view.getUint8(begin + 2 + i * 2);
    const dc = tables.get(selected >> 4) ?? NO_TABLE;
    return { component, dc, ac: tables.get(16 + (selected & 15)) ?? NO_TABLE };
  });
  return { parts, first, last, high: bits >> 4 };
}

/** Returns the byte after the scan. */
function skipScan(
  bits: Bits,
  scan: Scan,
  mcus: number,
  restartInterval: number,
  isProgressive: boolean,
): number {
  const [only] = scan.parts;
  const isAlone = scan.parts.length === 1 && only !== undefined;
  const units = isAlone ? only.component.rows * only.component.columns : mcus;
  const run = { blocks: 0 };
  for (let unit = 0; unit < units; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
      bits.restart();
      run.blocks = 0;
    }
    for (const { component, dc, ac } of scan.parts) {
      const blocks = isAlone ? 1 : component.across * component.down;
      for (let block = 0; block < blocks; block++) {
        if (!isProgressive) skipSequential(bits, dc, ac);
        else if (scan.first > 0) {
          const nonzero = component.nonzero.subarray(unit * 64, unit * 64 + 64);
          if (scan.high === 0) skipFirst(bits, ac, scan, nonzero, run);
          else skipRefinement(bits, ac, scan, nonzero, run);
        } else if (scan.high > 0) bits.skip(1);
        else bits.skip(bits.decode(dc));
      }
    }
  }
  return bits.end();
}

function skipSequential(bits: Bits, dc: Table, ac: Table): void {
  bits.skip(bits.decode(dc));
  for (let k = 1; k < 64; k++) {
    const symbol = bits.decode(ac);
    if (symbol === 0) return; // end of block
    k += symbol >> 4;
    bits.skip(symbol & 15);
  }
}

/** Skips the first scan of a band of coefficients. */
function skipFirst(
  bits: Bits,
  ac: Table,
  { first, last }: Scan,
  nonzero: Uint8Array,
  run: { blocks: number },
): void {
  if (run.blocks > 0) {
    run.blocks--;
    return;
  }
  for (let k = first; k <= last; k++) {
    const symbol = bits.decode(ac);
    const zeros = symbol >> 4;
    if ((symbol & 15) === 0 && zeros < 15) {
      run.blocks = (1 << zeros) + bits.take(zeros) - 1;
      return;
    }
    k += zeros;
    bits.skip(symbol & 15);
    if ((symbol & 15) > 0 && k < 64) nonzero[k] = 1;
  }
}

/** Skips a scan that adds a bit: one for each coefficient that is not zero, and new ones. */
function skipRefinement(
  bits: Bits,
  ac: Table,
  { first, last }: Scan,
  nonzero: Uint8Array,
  run: { blocks: number },
): void {
  let k = first;
  for (; k <= last && run.blocks === 0; k++) {
    const symbol = bits.decode(ac);
    let zeros = symbol >> 4;
    if ((symbol & 15) === 0 && zeros < 15) {
      run.blocks = (1 << zeros) + bits.take(zeros);
      break;
    }
    if ((symbol & 15) > 0) bits.skip(1); // its sign
    for (; k <= last; k++) {
      if (nonzero[k] === 1) bits.skip(1);
      else if (zeros-- === 0) break;
    }
    if ((symbol & 15) > 0 && k <= last) nonzero[k] = 1;
  }
  if (run.blocks === 0) return;
  for (; k <= last; k++) if (nonzero[k] === 1) bits.skip(1);
  run.blocks--;
}

/** Reads the bits of a scan: 0xff 0x00 is one byte, any other marker ends them. */
class Bits {
  #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Returns the symbol of the next code. */
  decode(table: Table): number {
    this.#fill();
    const next = (this.#bits >>> Math.max(0, this.#count - 16)) << Math.max(0, 16 - this.#count);
    const entry = table[next & 0xffff] ?? 0;
    if (entry === 0) throw new RangeError("no code of the table");
    this.skip(entry >> 8);
    return entry & 255;
  }

  /** Returns the next bits, at most 15, as a number. */
  take(bits: number): number {
    this.#fill();
    this.skip(bits);
    return (this.#bits >>> this.#count) & ((1 << bits) - 1);
  }

  skip(bits: number): void {
    if (this.#count < bits) this.#fill();
    if (this.#count < bits) throw new RangeError("the scan is cut off");
    this.#count -= bits;
  }

  /** Goes on after the next restart marker. */
  restart(): void {
    this.#at = this.end();
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at++;
    const marker = this.#bytes[this.#at + 1] ?? 0;
    if (this.#bytes[this.#at] !== 0xff || marker < 0xd0 || marker > 0xd7) {
      throw new RangeError("a restart marker is missing");
    }
    this.#at += 2;
  }

  /** Returns the byte after the last bit that was taken. */
  end(): number {
    for (; this.#count >= 8; this.#count -= 8) {
      const isStuffed = this.#bytes[this.#at - 1] === 0 && this.#bytes[this.#at - 2] === 0xff;
      this.#at -= isStuffed ? 2 : 1;
    }
    this.#count = 0;
    return this.#at;
  }

  /** Reads until there are more than 16 bits, or a marker or the file's end comes. */
  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] !== 0) return;
        this.#at++;
      }
      this.#at++;
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }
}
