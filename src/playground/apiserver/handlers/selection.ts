/** Which objects of a collection a request is about: label and field selectors. */
import { type FieldSelector, FieldSelectorError, parseFieldSelector } from '../../../apimachinery/fields.ts'
import { LabelSelectorError, matchesLabels, parseLabelSelector, type Selector } from '../../../apimachinery/labels.ts'
import { badRequest } from '../status-error.ts'
import type { Entry } from '../store/entry.ts'
import type { Call } from './call.ts'

/** A compiled selection. */
export interface Selection {
  readonly isEverything: boolean
  matches(entry: Entry): boolean
}

const everything: Selection = { isEverything: true, matches: () => true }

/** The selection of the query, and of the path's name where watches have one. Throws 400 for selectors it cannot read. */
export function compileSelection(call: Call): Selection {
  const labelText = call.query.get('labelSelector') ?? ''
  const fieldText = call.query.get('fieldSelector') ?? ''
  if (labelText === '' && fieldText === '' && call.path.name === '') return everything
  const labels = labelText === '' ? undefined : parseLabels(labelText)
  const terms = fieldText === '' ? [] : compileTerms(call, parseFields(fieldText))
  const { name } = call.path
  return {
    isEverything: false,
    matches(entry) {
      if (name !== '' && entry.name !== name) return false
      if (labels && !matchesLabels(labels, entry.labels)) return false
      return terms.every(term => (term.read(entry) === term.value) === term.equal)
    },
  }
}

function parseLabels(text: string): Selector {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof LabelSelectorError) throw badRequest(error.message)
    throw error
  }
}

function parseFields(text: string): FieldSelector {
  try {
    return parseFieldSelector(text)
  } catch (error) {
    if (error instanceof FieldSelectorError) throw badRequest(error.message)
    throw error
  }
}

interface CompiledTerm {
  readonly read: (entry: Entry) => string
  readonly value: string
  readonly equal: boolean
}

function compileTerms(call: Call, selector: FieldSelector): CompiledTerm[] {
  const { resource } = call
  return selector.map(({ field, operator, value }) => {
    const read = resource.strategy.selectableField(field)
    if (!read) {
      throw badRequest(
        hasOwnFields(call)
          ? `field label not supported: ${field}`
          : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
      )
    }
    // The name is known without reading the object, and it is what most selectors are about.
    const ofEntry = field === 'metadata.name' ? nameOf : (entry: Entry) => read(entry.object)
    return { read: ofEntry, value, equal: operator === '=' }
  })
}

function nameOf(entry: Entry): string {
  return entry.name
}

/** Core kinds with a conversion of field labels of their own, which has words of its own for those that it lacks. */
const kindsWithOwnFields = new Set(['Pod', 'Node', 'ReplicationController', 'Event', 'Namespace', 'Secret', 'Service'])

function hasOwnFields({ resource }: Call): boolean {
  return resource.group === '' && kindsWithOwnFields.has(resource.kind)
}
