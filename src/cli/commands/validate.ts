/** `serin validate`: what the API would say to a file, without an API. */
import { newAdmitter } from '../../api/admission.ts'
import { validateAlertProvider, validateCanary, validateMetricTemplate } from '../../api/flagger/v1beta1-validation.ts'
import type { FieldError } from '../../apimachinery/field-error.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { CustomKind } from '../../apimachinery/kind.ts'
import type { Json, KubernetesObject } from '../../apimachinery/meta.ts'
import { compileSchema } from '../../apimachinery/structural/compile.ts'
import { documentsOf, kindOf } from '../documents.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

/** Prints a line for each object that is fine and for each field that is not. Throws where any is not. */
export async function validate(io: Io, options: { readonly file: readonly string[] }): Promise<void> {
  let problems = 0
  for (const file of options.file) {
    const documents = await documentsOf(io, file)
    documents.forEach((document, index) => {
      if (document === null) return
      const { name, errors } = check(document)
      const where = documents.length > 1 ? `${file}[${index}]` : file
      for (const line of errors) io.err(`${where}: ${name}: ${line}\n`)
      if (errors.length === 0) io.out(`${where}: ${name}: valid\n`)
      problems += errors.length
    })
  }
  if (problems > 0) throw new CliError('usage', problems === 1 ? 'one field is wrong' : `${problems} fields are wrong`)
}

function check(document: Json): { readonly name: string; readonly errors: readonly string[] } {
  if (!isJsonObject(document)) return { name: 'document', errors: ['it is no object'] }
  const { apiVersion, kind, metadata } = document
  const title =
    isJsonObject(metadata) && typeof metadata['name'] === 'string' ? `${kind} ${metadata['name']}` : `${kind}`
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return { name: 'document', errors: ['apiVersion and kind are required'] }
  const known = kindOf(apiVersion, kind)
  if (!known) return { name: title, errors: [`${apiVersion} ${kind} is not a kind that Serin knows`] }
  const schema = compileSchema(known.openAPIV3Schema)
  const unknown = schema.unknownFields(document).map(field => `unknown field ${JSON.stringify(field)}`)
  const complete = schema.applyDefaults(document)
  const errors = schema.validate(complete)
  return {
    name: title,
    errors: [...unknown, ...[...errors, ...(errors.length > 0 ? [] : beyondSchema(known, complete))].map(lineOf)],
  }
}

const lineOf = ({ field, message }: FieldError) => `${field}: ${message}`

/** The rules that a schema cannot say; the object has passed its schema. */
function beyondSchema(kind: CustomKind, object: Json): readonly FieldError[] {
  const engineRules: Readonly<Record<string, (object: never) => readonly FieldError[]>> = {
    Canary: validateCanary,
    MetricTemplate: validateMetricTemplate,
    AlertProvider: validateAlertProvider,
  }
  const rule = kind.group === 'flagger.app' ? engineRules[kind.kind] : undefined
  if (rule) return rule(object as never) // the schema has just said that it is one
  return newAdmitter()(kind, object as KubernetesObject).errors
}
