/** What every field of the form needs: the draft, what the server says of it, and when a change takes effect. */

import { createContext, use, type ReactNode } from 'react'
import type { Json, StatusCause } from '@berth/meta'
import {
  draftField,
  draftValue,
  effectOfField,
  valueAt,
  type ChangeEffect,
  type DraftPath,
  type EffectContext,
} from '@berth/view'
import { causesWithin } from './causes.ts'
import type { MachineDraft } from './use-draft.ts'

interface Context {
  machineDraft: MachineDraft
  causes: readonly StatusCause[]
  effects: EffectContext
  cluster: string
}

const DraftContext = createContext<Context | undefined>(undefined)

export function DraftProvider({ children, ...value }: Context & { children: ReactNode }) {
  return <DraftContext value={value}>{children}</DraftContext>
}

export function useDraftContext(): Context {
  const context = use(DraftContext)
  if (context === undefined) throw new Error('a field stands outside of a draft')
  return context
}

export interface FieldState {
  value: Json | undefined
  dirty: boolean
  /** Why the server would refuse it. */
  error: string | undefined
  effect: ChangeEffect
  /** What holds while nothing is written, as the running instance has it. */
  otherwise: string
  set: (value: Json | undefined) => void
  revert: () => void
}

export function useField(path: DraftPath): FieldState {
  const { machineDraft, causes, effects } = useDraftContext()
  const { draft, set, revert } = machineDraft
  const { value, dirty } = draftField(draft, path)
  const found = causesWithin(causes, path, draftValue(draft))
  return {
    value,
    dirty,
    error: found.length === 0 ? undefined : found.map(({ message }) => message).join('\n'),
    effect: effectOfField(path, effects, value),
    otherwise: runningValue(path, effects),
    set: (next) => set(path, next),
    revert: () => revert(path),
  }
}

function runningValue(path: DraftPath, { instance }: EffectContext): string {
  const [spec, template, inner, ...rest] = path
  if (instance === undefined || spec !== 'spec' || template !== 'template' || inner !== 'spec') return ''
  // An object of the API is JSON.
  const value = valueAt(instance.spec as unknown as Json, rest)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
