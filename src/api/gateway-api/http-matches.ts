/** Which requests a rule of an HTTPRoute is for. */
import { array, object, oneOf, string } from '../../apimachinery/schema.ts'
import { rule } from '../common.ts'
import { headerName } from './common.ts'

const valueMatchType = oneOf(['Exact', 'RegularExpression'], { default: 'Exact' })

function valueMatches(maxLength: number) {
  return array(
    object(
      { name: headerName, type: valueMatchType, value: string({ maxLength, minLength: 1 }) },
      { required: ['name', 'value'] },
    ),
    { maxItems: 16, 'x-kubernetes-list-map-keys': ['name'], 'x-kubernetes-list-type': 'map' },
  )
}

const isPlainPath = "(self.type in ['Exact','PathPrefix'])"
const forPlainPaths = "when type one of ['Exact', 'PathPrefix']"
const pathCharacters = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"

const path = object(
  {
    type: oneOf(['Exact', 'PathPrefix', 'RegularExpression'], { default: 'PathPrefix' }),
    value: string({ default: '/', maxLength: 1024 }),
  },
  {
    default: { type: 'PathPrefix', value: '/' },
    'x-kubernetes-validations': [
      rule(
        `${isPlainPath} ? self.value.startsWith('/') : true`,
        `value must be an absolute path and start with '/' ${forPlainPaths}`,
      ),
      ...['//', '/./', '/../', '%2f', '%2F', '#'].map(part =>
        rule(`${isPlainPath} ? !self.value.contains('${part}') : true`, `must not contain '${part}' ${forPlainPaths}`),
      ),
      ...['/..', '/.'].map(part =>
        rule(`${isPlainPath} ? !self.value.endsWith('${part}') : true`, `must not end with '${part}' ${forPlainPaths}`),
      ),
      rule(
        "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'",
        "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
      ),
      rule(
        `${isPlainPath} ? self.value.matches(r"""${pathCharacters}""") : true`,
        `must only contain valid characters (matching ${pathCharacters}) for types ['Exact', 'PathPrefix']`,
      ),
    ],
  },
)

/** The alternatives of a rule; in each, all must match. All paths when there are none. */
export const httpMatches = array(
  object({
    headers: valueMatches(4096),
    method: oneOf(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']),
    path,
    queryParams: valueMatches(1024),
  }),
  {
    default: [{ path: { type: 'PathPrefix', value: '/' } }],
    maxItems: 64,
    'x-kubernetes-list-type': 'atomic',
  },
)
