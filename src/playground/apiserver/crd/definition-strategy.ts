/** The rules of CustomResourceDefinitions themselves. */
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import type { ApiObject } from '../api-object.ts'
import { asJson } from '../api-object.ts'
import type { ResourceStrategy } from '../resources/strategy.ts'
import { isTrue, specOf, statusOf } from './definition.ts'

type Validation = typeof import('../../../apimachinery/crd-validation.ts')

/** The strategy of CRDs: that of a built-in kind, with the checks of schemas, which are loaded with the first write. */
export function definitionStrategy(base: ResourceStrategy): ResourceStrategy {
  let validation: Validation | undefined
  const loaded = () => {
    if (!validation) throw new Error('the validation of CRDs is not loaded yet')
    return validation
  }
  return {
    ...base,
    async load() {
      validation ??= await import('../../../apimachinery/crd-validation.ts')
      await base.load()
    },
    validateCreate: crd => [...loaded().validateDefinition(asJson(crd)), ...base.validateCreate(crd)],
    validateUpdate(next, previous, part) {
      const errors = base.validateUpdate(next, previous, part)
      if (part === 'status') return errors
      return [
        ...loaded().validateDefinition(asJson(next)),
        ...immutableErrors(next, previous),
        ...storedErrors(next),
        ...errors,
      ]
    },
  }
}

/** Group and plural never change; scope and kind do not once objects may be there. */
function immutableErrors(next: ApiObject, previous: ApiObject): FieldError[] {
  const [after, before] = [specOf(next), specOf(previous)]
  const errors: FieldError[] = []
  const check = (field: string, value: string, old: string) => {
    if (value !== old) errors.push(invalid(field, value, 'field is immutable'))
  }
  if (isTrue(previous, 'Established')) {
    check('spec.scope', after.scope, before.scope)
    check('spec.names.kind', after.names.kind, before.names.kind)
  }
  check('spec.group', after.group, before.group)
  check('spec.names.plural', after.names.plural, before.names.plural)
  return errors
}

/** Objects may still be stored in each of these versions. */
function storedErrors(next: ApiObject): FieldError[] {
  const versions = new Set(specOf(next).versions.map(({ name }) => name))
  return (statusOf(next).storedVersions ?? []).flatMap((name, i) =>
    versions.has(name)
      ? []
      : [
          invalid(
            `status.storedVersions[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  )
}
