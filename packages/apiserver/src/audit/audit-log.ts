/** The audit log: takes what the way of a request tells, keeps what the policy wants of it, writes it as the mode says. */

import { messageOf, type Clock, type Logger } from '@berth/base'
import { isJsonObject, StatusError, type Json, type JsonObject } from '@berth/meta'
import type { Attributes } from '../auth/user.ts'
import type { ApiRequest } from '../transport.ts'
import { defaultAuditPolicy } from './default-policy.ts'
import { eventOf, type AuditFacts } from './event.ts'
import type { ChainHead } from './hash-chain.ts'
import { LogWriter, type Rotation } from './log-writer.ts'
import type { AuditPolicy, AuditStage } from './policy.ts'
import { EventQueue, type QueueLimits } from './event-queue.ts'
import { redact } from './redact.ts'
import { selectRule, type AuditDecision } from './select-rule.ts'
import type { AuditLevel, AuditRecord, AuditSink } from './sink.ts'
import { withoutManagedFields } from './managed-fields.ts'

export interface AuditLogOptions extends Rotation {
  /** The file; it and those put aside beside it are readable by the owner only. */
  path: string
  /** {@link defaultAuditPolicy} unless given. */
  policy?: AuditPolicy
  /**
   * `batch` (unless given): requests do not wait; events wait in a bounded buffer, and are lost, counted and logged when the disk
   * does not take them. `blocking-strict`: a request goes on only when the log can be written.
   */
  mode?: 'batch' | 'blocking-strict'
  limits?: Partial<QueueLimits>
  clock: Clock
  logger: Logger
  /** A version 4 UUID. */
  uuid(): string
}

export interface AuditLogCounts {
  readonly written: number
  /** Lost for good. */
  readonly lost: number
  readonly waiting: number
}

export interface AuditLog extends AuditSink {
  /** Of the last line on disk: kept elsewhere, it shows whether the end of the log was cut off. */
  readonly head: ChainHead
  readonly counts: AuditLogCounts
  /** Writes what waits, and closes the file. */
  close(): Promise<void>
}

/** @throws {AuditError} Unwritable */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { clock, logger, policy = defaultAuditPolicy, mode = 'batch' } = options
  const writer = new LogWriter(options)
  if (writer.healedBytes > 0) {
    logger.warn(
      { file: options.path, bytes: writer.healedBytes },
      'the audit log ended in an unfinished line, now cut off',
    )
  }
  const strict = mode === 'blocking-strict'
  const queue = new EventQueue({ writer, clock, logger, limits: options.limits ?? {}, strict })
  return {
    begin(request, attributes) {
      const decision = selectRule(policy, attributes)
      if (decision.level === 'None') return undefined
      const record = new Recording({ request, attributes, decision, queue, options, strict })
      record.received()
      return record
    },
    get head() {
      return writer.head
    },
    get counts() {
      return queue.counts
    },
    async close() {
      await queue.close()
      writer.close()
    },
  }
}

interface RecordingParts {
  request: ApiRequest
  attributes: Attributes
  decision: AuditDecision
  queue: EventQueue
  options: AuditLogOptions
  strict: boolean
}

/** Bounds on what plug-ins add, so that no event grows without end. */
const maxAnnotations = 64
const maxAnnotationBytes = 4096

class Recording implements AuditRecord {
  readonly id: string
  readonly level: AuditLevel
  readonly #parts: RecordingParts
  readonly #facts: AuditFacts
  #ended = false

  constructor(parts: RecordingParts) {
    const { request, attributes, decision, options } = parts
    this.#parts = parts
    this.id = ownId(request.headers['audit-id']) ?? options.uuid()
    // `None` has no recording.
    this.level = decision.level === 'None' ? 'Metadata' : decision.level
    this.#facts = {
      id: this.id,
      level: this.level,
      request,
      attributes,
      received: options.clock.now(),
      annotations: {},
    }
  }

  received(): void {
    const { strict, queue } = this.#parts
    this.#emit('RequestReceived')
    if (!strict) return
    try {
      queue.flushSync()
    } catch (error) {
      throw new StatusError('ServiceUnavailable', `the audit log cannot be written: ${messageOf(error)}`, {
        cause: error,
        details: { retryAfterSeconds: 1 },
      })
    }
  }

  annotate(key: string, value: string): void {
    const { annotations } = this.#facts
    if (Object.hasOwn(annotations, key) || Object.keys(annotations).length >= maxAnnotations) return
    annotations[key] = value.length > maxAnnotationBytes ? `${value.slice(0, maxAnnotationBytes)}...TRUNCATED` : value
  }

  requestObject(object: unknown): void {
    if (this.level === 'Metadata') return
    // A copy: the server completes the object it goes on with.
    this.#facts.requestObject = structuredClone(this.#kept(object))
  }

  responseStarted(code: number): void {
    this.#facts.responseStatus = { metadata: {}, code }
    this.#emit('ResponseStarted')
    this.#flushIfStrict()
  }

  complete(code: number, body?: Buffer | string): void {
    if (this.#ended) return
    this.#ended = true
    const value = body === undefined ? undefined : parsed(body)
    this.#facts.responseStatus = statusOf(code, value)
    if (this.level === 'RequestResponse' && value !== undefined) this.#facts.responseObject = this.#kept(value)
    this.#emit('ResponseComplete')
    this.#flushIfStrict()
  }

  panicked(message: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#facts.responseStatus = {
      metadata: {},
      status: 'Failure',
      message: `APIServer panic'd: ${message}`,
      reason: 'InternalError',
      code: 500,
    }
    this.#emit('Panic')
    this.#flushIfStrict()
  }

  #kept(object: unknown): unknown {
    const { attributes, decision } = this.#parts
    const bare = decision.omitManagedFields ? withoutManagedFields(object) : object
    if (attributes.kind === 'path') return bare
    const { group, resource, subresource = '' } = attributes
    return redact(bare, { group, resource, subresource })
  }

  #emit(stage: AuditStage): void {
    const { decision, options, queue } = this.#parts
    if (decision.omitStages.has(stage)) return
    queue.add(eventOf(this.#facts, stage, options.clock.now()), this.#facts.annotations)
  }

  /** What has happened cannot be refused any more: when the disk fails now, the event waits and the next request is refused. */
  #flushIfStrict(): void {
    const { strict, queue } = this.#parts
    if (!strict) return
    try {
      queue.flushSync()
    } catch {
      // Logged by the queue; the event is still in it.
    }
  }
}

/** Kubernetes takes over the id a client names; longer or stranger ones are not looked at. */
function ownId(header: string | undefined): string | undefined {
  return header !== undefined && /^[A-Za-z0-9._:-]{1,64}$/.test(header) ? header : undefined
}

function parsed(body: Buffer | string): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json
  } catch {
    // Text, YAML or bytes: not an object of the API.
    return undefined
  }
}

/** Of a failure what its Status says; of a success only the code. */
function statusOf(code: number, body: Json | undefined): JsonObject {
  if (!isJsonObject(body) || body['kind'] !== 'Status') return { metadata: {}, code }
  const { status, message, reason, details } = body
  return {
    metadata: {},
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  }
}
