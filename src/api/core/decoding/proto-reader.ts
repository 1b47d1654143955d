/** The wire format of protobuf: tags, variable-length integers and length-delimited bytes. */
import { DecodeError } from './decode-error.ts'

/** What comes next in a message. */
export interface ProtoTag {
  readonly field: number
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: number
}

/** Reads one message from its start to its end. Throws {@link DecodeError} where the bytes end early. */
export class ProtoReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The tag of the next field, or undefined at the end. */
  tag(): ProtoTag | undefined {
    if (this.#at >= this.#bytes.length) return undefined
    const value = Number(this.varint())
    return { field: value >>> 3, wireType: value & 7 }
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new DecodeError('proto: integer overflow')
  }

  bytes(): Buffer {
    return this.#take(Number(this.varint()))
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  double(): number {
    return this.#take(8).readDoubleLE(0)
  }

  /** A reader of the message that comes next. */
  nested(): ProtoReader {
    return new ProtoReader(this.bytes())
  }

  /** Passes over a field that is not known. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#take(8)
    else if (wireType === 2) this.bytes()
    else if (wireType === 5) this.#take(4)
    else throw new DecodeError(`proto: illegal wireType ${wireType}`)
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new DecodeError('unexpected EOF')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
