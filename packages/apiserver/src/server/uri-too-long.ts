import { StatusError } from '@berth/meta'

export function uriTooLong(limit: number): StatusError {
  return new StatusError('BadRequest', `the URL is longer than ${limit} bytes`, { httpCode: 414 })
}
