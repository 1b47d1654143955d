/** Field selectors: `metadata.name=a,status.phase!=Running`. Semantics and errors of k8s.io/apimachinery/pkg/fields. */

/** One term: the field must (`=`) or must not (`!=`) have the value. */
export interface FieldTerm {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** All terms must hold; none at all matches everything. */
export type FieldSelector = readonly FieldTerm[]

/** The text is no field selector. The message is the API's. */
export class FieldSelectorError extends Error {
  override readonly name = 'FieldSelectorError'
  readonly reason = 'InvalidFieldSelector'
}

/**
 * Parses a field selector. Values escape `\`, `,` and `=` with a backslash. The empty text selects everything.
 * @throws FieldSelectorError
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .sort()
    .filter(term => term !== '')
    .map(term => {
      const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
      if (!match) throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${term}'`)
      const [, field = '', operator, value = ''] = match
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) }
    })
}

/** The text of a field selector; {@link parseFieldSelector} reads it back. */
export function fieldSelectorToText(selector: FieldSelector): string {
  return selector
    .map(({ field, operator, value }) => `${field}${operator}${value.replaceAll(/[\\,=]/g, '\\$&')}`)
    .join(',')
}

/** Whether all terms hold. `fieldValue` gives a field's value as text; absent fields count as ''. */
export function matchesFields(selector: FieldSelector, fieldValue: (field: string) => string | undefined): boolean {
  return selector.every(({ field, operator, value }) => ((fieldValue(field) ?? '') === value) === (operator === '='))
}

// A backslash keeps the next character out of the splitting, whatever it is.
function splitTerms(text: string): string[] {
  const terms = ['']
  for (const [piece] of text.matchAll(/\\[\s\S]?|[^\\]/g)) {
    if (piece === ',') terms.push('')
    else terms.push(`${terms.pop()}${piece}`)
  }
  return terms
}

function unescapeValue(value: string): string {
  return value.replaceAll(/\\([\s\S]?)|[,=]/g, (found, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${found.codePointAt(0)}`)
    }
    if (!/^[\\,=]$/.test(escaped)) {
      throw new FieldSelectorError(`invalid field selector: invalid escape sequence: ${found}`)
    }
    return escaped
  })
}
