/** Where a webhook lives: an https URL or a service (apiserver `webhook.ValidateWebhookURL`, `ValidateWebhookService`). */

import { invalidValue, isDns1123Subdomain, requiredValue, type JsonObject, type StatusCause } from '@berth/meta'
import { objectAt, textAt } from '../../core/fields.ts'

export function clientConfigCauses(config: JsonObject, path: string): StatusCause[] {
  const service = objectAt(config, 'service')
  const url = config['url']
  if ((service === undefined) === (typeof url !== 'string')) {
    return [requiredValue(path, 'exactly one of url or service is required')]
  }
  return typeof url === 'string' ? urlCauses(url, `${path}.url`) : serviceCauses(service ?? {}, `${path}.service`)
}

const form = '; desired format: https://host[/path]'
/** Scheme, user, host and port, path, query, fragment (RFC 3986, appendix B): unlike URL it gives what was written. */
const parts = /^(?:([^:/?#]+):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/su
/** What Go takes in a host; anything else does not parse. */
const hostForm = /^(?:[-A-Za-z0-9._~!$&'()*+,;=]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?$/u

function urlCauses(text: string, field: string): StatusCause[] {
  const [, scheme = '', user = '', host = '', , query = '', fragment = ''] = parts.exec(text) ?? []
  const bad = /[^-A-Za-z0-9._~!$&'()*+,;=:[\]]/u.exec(host)?.[0]
  if (bad !== undefined) {
    const why = `parse ${JSON.stringify(text)}: invalid character ${JSON.stringify(bad)} in host name`
    return [requiredValue(field, `url must be a valid URL: ${why}${form}`)]
  }
  if (!hostForm.test(host) || (host !== '' && scheme === 'https' && !URL.canParse(text))) {
    return [requiredValue(field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid host${form}`)]
  }
  const causes: StatusCause[] = []
  if (scheme !== 'https') causes.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme${form}`))
  if (host === '') causes.push(invalidValue(field, host, `host must be specified${form}`))
  if (user !== '') causes.push(invalidValue(field, user, 'user information is not permitted in the URL'))
  if (fragment !== '') causes.push(invalidValue(field, fragment, 'fragments are not permitted in the URL'))
  if (query !== '') causes.push(invalidValue(field, query, 'query parameters are not permitted in the URL'))
  return causes
}

function serviceCauses(service: JsonObject, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (textAt(service, 'name') === '') causes.push(requiredValue(`${field}.name`, 'service name is required'))
  if (textAt(service, 'namespace') === '') {
    causes.push(requiredValue(`${field}.namespace`, 'service namespace is required'))
  }
  const port = service['port']
  if (typeof port === 'number' && (port < 1 || port > 65_535)) {
    causes.push(invalidValue(`${field}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'))
  }
  const path = service['path']
  if (typeof path === 'string' && path !== '') causes.push(...pathCauses(path, `${field}.path`))
  return causes
}

function pathCauses(path: string, field: string): StatusCause[] {
  const causes = path.startsWith('/') ? [] : [invalidValue(field, path, "must start with a '/'")]
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path
  if (trimmed === '') return causes
  const steps = trimmed.startsWith('/') ? trimmed.slice(1).split('/') : ['']
  steps.forEach((step, index) => {
    if (step === '') causes.push(invalidValue(field, path, `segment[${index}] may not be empty`))
    else {
      for (const problem of isDns1123Subdomain(step)) {
        causes.push(invalidValue(field, path, `segment[${index}]: ${problem}`))
      }
    }
  })
  return causes
}
