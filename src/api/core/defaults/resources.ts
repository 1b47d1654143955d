/** Defaults of resource requests and limits. */
import { parseQuantity, quantityToText, roundUpToMilli } from '../../../apimachinery/quantity.ts'
import { child, type Draft } from '../draft.ts'

/** Rounds every amount of a list up to whole thousandths, the finest that is stored. */
export function roundResourceList(list: Draft | undefined): void {
  for (const name in list) {
    const quantity = parseQuantity(String(list[name]))
    if (quantity) list[name] = quantityToText(roundUpToMilli(quantity))
  }
}

/** Rounds `limits` and `requests`. */
export function roundResourceLists(resources: Draft | undefined): void {
  roundResourceList(child(resources, 'limits'))
  roundResourceList(child(resources, 'requests'))
}
