/** A binary heap: the least item first, by an order that the caller gives. */
export interface Heap<T> {
  readonly size: number
  peek(): T | undefined
  push(item: T): void
  pop(): T | undefined
}

/** An empty heap in which `before(a, b)` says whether a comes out ahead of b. */
export function newHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = []
  // Indexes below stay within the array: children are checked against its length, parents are never negative.
  const swap = (i: number, j: number) => {
    const held = items[i]!
    items[i] = items[j]!
    items[j] = held
  }
  const up = (start: number) => {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!before(items[i]!, items[parent]!)) return
      swap(i, parent)
      i = parent
    }
  }
  const down = () => {
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < items.length && before(items[child]!, items[least]!)) least = child
      }
      if (least === i) return
      swap(i, least)
      i = least
    }
  }
  return {
    get size() {
      return items.length
    },
    peek: () => items[0],
    push(item) {
      items.push(item)
      up(items.length - 1)
    },
    pop() {
      const first = items[0]
      const last = items.pop()
      if (items.length > 0 && last !== undefined) {
        items[0] = last
        down()
      }
      return first
    },
  }
}
