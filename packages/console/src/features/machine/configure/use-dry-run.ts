/** Asks the server, while one types, whether it would take the draft, and for which fields not. */

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { KubeObject, StatusCause } from '@berth/meta'
import { draftObject, type Draft } from '@berth/view'
import { BackendError, clusterApi } from '../../../backend/index.ts'
import { machineReference, type MachineTarget } from '../machine-target.ts'

export interface DryRun {
  /** `idle`: there is nothing to ask. */
  state: 'idle' | 'checking' | 'accepted' | 'refused' | 'unknown'
  message?: string
  causes: readonly StatusCause[]
}

const quietMs = 500

export function useDryRun(target: MachineTarget, draft: Draft, wanted: boolean): DryRun {
  const object = wanted ? draftObject(draft) : undefined
  const settled = useSettled(object === undefined ? undefined : draft.text)
  const { data } = useQuery({
    // The version moves with every new status, and says nothing of what is asked here.
    queryKey: ['dry-run', target, settled],
    queryFn: async ({ signal }) => ask(target, object, signal),
    enabled: settled !== undefined && settled === draft.text && object !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  })
  if (object === undefined) return { state: 'idle', causes: [] }
  if (settled !== draft.text || data === undefined || data.text !== draft.text) {
    // What was wrong a moment ago stays until it is known to be mended.
    return { state: 'checking', causes: data?.answer.causes ?? [] }
  }
  return data.answer

  async function ask(
    at: MachineTarget,
    asked: typeof object,
    signal: AbortSignal,
  ): Promise<{ text: string; answer: DryRun }> {
    return { text: draft.text, answer: await answerOf(at, asked as unknown as KubeObject, signal) }
  }
}

async function answerOf(target: MachineTarget, object: KubeObject, signal: AbortSignal): Promise<DryRun> {
  try {
    await clusterApi(target.cluster).update(machineReference(target), object, { dryRun: true, signal })
    return { state: 'accepted', causes: [] }
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    // Somebody else was quicker: the newer object is on its way here, and is merged then.
    if (error.code === 409 || error.isOffline) return { state: 'unknown', message: error.message, causes: [] }
    return { state: 'refused', message: error.message, causes: error.causes }
  }
}

function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quietMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
