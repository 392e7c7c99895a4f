/** The optional fields. */
type Optional<V> = { [F in keyof V as undefined extends V[F] ? F : never]: V[F] };

/** A record in the memory of the WebAssembly module, declared in `abi/`. */
export interface RecordType<V> {
  readonly bytes: number;
  /** Offset of each field in bytes. */
  readonly offsets: { readonly [F in keyof V]-?: number };
  /**
   * All fields, empty; the type shows only the optional ones. A record with many fields starts as a copy of
   * it: V8 takes a hundred times as long to add the fields to an object one by one.
   */
  readonly blank: Optional<V>;
  /** Writes the record at the index `at`, which is its address / 4. An omitted field is written as 0. */
  write(int32: Int32Array, float32: Float32Array, at: number, values: V): void;
}
