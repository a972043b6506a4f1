// Tested by: test/rows/parquet.test.ts
/** A picture inside a parquet file: its bytes are read when they are wanted. */
export class EmbeddedPicture {
  /** Which of the files, and which of its rows. */
  readonly file: number;
  readonly row: number;
  readonly column: string;
  /** Which of the row's pictures. */
  readonly index: number;

  constructor(file: number, row: number, column: string, index: number) {
    this.file = file;
    this.row = row;
    this.column = column;
    this.index = index;
  }
}
