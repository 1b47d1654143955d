/** Which form of an answer the caller accepts, and which form a body has (k8s.io/apiserver negotiation). */
import { formNotAcceptable, notAcceptable, unsupportedMediaType } from '../status-error.ts'

/** The form of an answer. `as` asks for a projection of the objects instead of the objects. */
export interface OutputForm {
  readonly mediaType: 'application/json' | 'application/yaml'
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** Of meta.k8s.io, for `as`. */
  readonly version: 'v1' | 'v1beta1'
}

const plainJson: OutputForm = { mediaType: 'application/json', version: 'v1' }
const outputTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const inputTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** The best form that the Accept header allows. Throws 406 where it allows none that is served. */
export function negotiateOutput(accept: string | undefined): OutputForm {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return plainJson
  const clauses = clausesOf(accept)
  for (const clause of clauses) {
    const form = formOf(clause)
    if (form) return form
  }
  const isKnownType = clauses.some(({ mediaType }) => concreteType(mediaType))
  throw isKnownType ? formNotAcceptable(outputTypes) : notAcceptable(outputTypes)
}

interface Clause {
  readonly mediaType: string
  readonly parameters: ReadonlyMap<string, string>
}

function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(',').map(parseClause)
  const qualityOf = (clause: Clause) => Number(clause.parameters.get('q') ?? 1)
  return clauses.sort((a, b) => qualityOf(b) - qualityOf(a))
}

function parseClause(text: string): Clause {
  const [mediaType = '', ...parameters] = text.split(';').map(part => part.trim())
  return {
    mediaType: mediaType.toLowerCase(),
    parameters: new Map(parameters.map(parameter => split(parameter, '='))),
  }
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function formOf({ mediaType, parameters }: Clause): OutputForm | undefined {
  const type = concreteType(mediaType)
  if (!type) return undefined
  const as = parameters.get('as')
  if (as === undefined) return { mediaType: type, version: 'v1' }
  const version = parameters.get('v')
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined
  return { mediaType: type, as, version }
}

function concreteType(mediaType: string): OutputForm['mediaType'] | undefined {
  if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*')
    return 'application/json'
  return mediaType === 'application/yaml' ? 'application/yaml' : undefined
}

/** The media type of a Content-Type header, without parameters, in lower case; '' when there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** How a body of objects is written. Without a header: JSON. Throws 415 for anything else. */
export function negotiateInput(contentType: string | undefined): 'json' | 'yaml' | 'protobuf' {
  switch (mediaTypeOf(contentType)) {
    case '':
    case '*/*':
    case 'application/json':
      return 'json'
    case 'application/yaml':
      return 'yaml'
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf'
    default:
      throw unsupportedMediaType(inputTypes)
  }
}
