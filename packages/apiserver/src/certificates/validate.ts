/** What a CertificateSigningRequest must look like beyond its schema (Kubernetes' `pkg/apis/certificates/validation`). */

import {
  deepEqual,
  duplicateValue,
  forbiddenValue,
  invalidValue,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../core/fields.ts'
import { readRequest, type ReadRequest } from './request.ts'
import { signerNameCauses } from './signers.ts'

/** certificates.k8s.io/v1 KeyUsage. */
export const keyUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

const minSeconds = 600

export interface SpecVerdict {
  causes: StatusCause[]
  /** Undefined when it cannot be read. */
  request: ReadRequest | undefined
}

/** Of a new request: nothing of its spec ever changes after. */
export async function validateSpec(spec: JsonObject | undefined): Promise<SpecVerdict> {
  const causes: StatusCause[] = []
  const sent = spec?.['request']
  const pem = Buffer.from(textAt(spec, 'request'), 'base64')
  const request = await readRequest(pem)
  if ('problem' in request) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${sent === undefined ? '[]byte(nil)' : goBytes(pem)}: ${request.problem}`,
      field: 'spec.request',
    })
  }
  const usages = textsAt(spec, 'usages')
  if (usages.length === 0) causes.push(requiredValue('spec.usages'))
  const seen = new Set<string>()
  for (const [index, usage] of usages.entries()) {
    // There are some twenty usages: a list much longer is wrong many times, and says nothing new.
    if (causes.length > maxFaults) break
    const field = `spec.usages[${index}]`
    if (!keyUsages.includes(usage)) causes.push(unsupportedValue(field, usage, keyUsages))
    if (seen.has(usage)) causes.push(duplicateValue(field, usage))
    seen.add(usage)
  }
  causes.push(...signerNameCauses(textAt(spec, 'signerName')))
  const seconds = spec?.['expirationSeconds']
  if (typeof seconds === 'number' && seconds < minSeconds) {
    const why = `may not specify a duration less than ${minSeconds} seconds (10 minutes)`
    causes.push(invalidValue('spec.expirationSeconds', seconds, why))
  }
  return { causes, request: 'problem' in request ? undefined : request }
}

const shownBytes = 64
const maxFaults = 1000

/** As Go prints bytes. */
function goBytes(bytes: Buffer): string {
  const shown = [...bytes.subarray(0, shownBytes)].map((byte) => `0x${byte.toString(16)}`)
  return `[]byte{${shown.join(', ')}${bytes.length > shownBytes ? ', ...' : ''}}`
}

/** Conditions that can only be true, and are never taken back. */
const verdicts = ['Approved', 'Denied', 'Failed']
const statuses = ['False', 'True', 'Unknown']

export function conditionCauses(status: JsonObject | undefined): StatusCause[] {
  const causes: StatusCause[] = []
  const seen = new Set<string>()
  objectsAt(status, 'conditions').forEach((condition, index) => {
    const field = `status.conditions[${index}]`
    const type = textAt(condition, 'type')
    const state = textAt(condition, 'status')
    if (type === '') causes.push(requiredValue(`${field}.type`))
    if (state === '') causes.push(requiredValue(`${field}.status`))
    else if (verdicts.includes(type) && state !== 'True')
      causes.push(unsupportedValue(`${field}.status`, state, ['True']))
    else if (!statuses.includes(state)) causes.push(unsupportedValue(`${field}.status`, state, statuses))
    if (seen.has(type)) causes.push(duplicateValue(`${field}.type`, type))
    const opposite = type === 'Approved' ? 'Denied' : 'Approved'
    if ((type === 'Approved' || type === 'Denied') && seen.has(opposite)) {
      causes.push(invalidValue(`${field}.type`, type, 'Approved and Denied conditions are mutually exclusive'))
    }
    seen.add(type)
  })
  return causes
}

/** @param part what the write is allowed to decide: `approval` approves and denies, `status` issues */
export function transitionCauses(object: JsonObject, previous: JsonObject, part: 'approval' | 'status'): StatusCause[] {
  const causes: StatusCause[] = []
  const field = 'status.conditions'
  const find = (from: JsonObject, type: string): JsonObject[] =>
    objectsAt(objectAt(from, 'status'), 'conditions').filter((each) => textAt(each, 'type') === type)
  for (const type of verdicts) {
    if (find(object, type).length < find(previous, type).length) {
      causes.push(forbiddenValue(field, `updates may not remove a condition of type "${type}"`))
    }
  }
  for (const type of part === 'status' ? ['Approved', 'Denied'] : []) {
    const now = find(object, type)
    const before = find(previous, type)
    if (now.length > before.length) {
      causes.push(forbiddenValue(field, `updates may not add a condition of type "${type}"`))
    } else if (now.length === before.length && !deepEqual(now, before)) {
      causes.push(forbiddenValue(field, `updates may not modify a condition of type "${type}"`))
    }
  }
  const issued = textAt(objectAt(previous, 'status'), 'certificate')
  if (issued !== '' && textAt(objectAt(object, 'status'), 'certificate') !== issued) {
    causes.push(forbiddenValue('status.certificate', 'updates may not modify existing certificate content'))
  }
  return causes
}

/** The certificate a signer writes: nothing but certificates in PEM. */
export function certificateCauses(status: JsonObject | undefined): StatusCause[] {
  const encoded = textAt(status, 'certificate')
  if (encoded === '') return []
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const cause = (why: string): StatusCause[] => [invalidValue('status.certificate', '<certificate data>', why)]
  const blocks = pemBlocks(text)
  if (blocks.length === 0) return cause('must contain at least one CERTIFICATE PEM block')
  for (const { type, body } of blocks) {
    if (type !== 'CERTIFICATE') return cause(`only CERTIFICATE PEM blocks are allowed, found "${type}"`)
    if (body.includes(':')) return cause('no PEM block headers are permitted')
  }
  return []
}

/** Up to the first block without an end, so that no text is searched again for each of its beginnings. */
function pemBlocks(text: string): { type: string; body: string }[] {
  const blocks: { type: string; body: string }[] = []
  const begin = /-----BEGIN ([A-Z0-9 ]+)-----/g
  for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
    const [, type = ''] = found
    const ending = `-----END ${type}-----`
    const end = text.indexOf(ending, begin.lastIndex)
    if (end < 0) break
    blocks.push({ type, body: text.slice(begin.lastIndex, end) })
    begin.lastIndex = end + ending.length
  }
  return blocks
}
