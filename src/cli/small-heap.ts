/** How V8 keeps the memory of a program that runs for months and has little to remember. */
import { setFlagsFromString } from 'node:v8'

/**
 * Makes V8 collect garbage sooner: most of what a controller allocates is of no use after one look at an object, and by
 * default V8 lets several times the live memory pile up first. Costs a few percent of CPU. For a process that
 * is one program and nothing else; call it first, as what V8 has taken it keeps.
 */
export function keepHeapSmall(): void {
  // The young generation stays at its first size, 2 MB, in place of growing up to 64 MB.
  setFlagsFromString('--semi-space-growth-factor=1')
  // A full collection comes when the old one has grown by so much, in place of up to four times; at 30 % an agent with a
  // thousand rollouts would spend a third of its time on them.
  setFlagsFromString('--heap-growing-percent=45')
  // undici's parser of HTTP is WebAssembly and one very long function. To optimise it takes V8 25 MB, which the process
  // keeps; what its quick compiler makes is fast enough for what a controller reads.
  setFlagsFromString('--no-wasm-dynamic-tiering')
  setFlagsFromString('--no-wasm-tier-up')
}
