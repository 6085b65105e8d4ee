/** What the server says of the manifest as it is now, a moment after the last change. */

import { virtualMachines, type VirtualMachine } from '@berth/api'
import type { JsonObject, StatusCause } from '@berth/meta'
import { stepOfField, type WizardStep } from '@berth/view'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { BackendError, clusterApi } from '../../backend/index.ts'

/** Time for the fingers to rest. */
const restMs = 500

export interface DryRun {
  state: 'idle' | 'asking' | 'accepted' | 'refused'
  problems: { step: WizardStep; cause: StatusCause }[]
  /** Where the server could not be asked, or may not be. */
  error: Error | undefined
}

export function useDryRun(cluster: string, namespace: string, object: JsonObject | undefined): DryRun {
  const text = object === undefined ? '' : JSON.stringify(object)
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs)
    return () => clearTimeout(timer)
  }, [text])
  const { data, error, isFetching } = useQuery({
    queryKey: ['dry-run', cluster, namespace, rested],
    queryFn: async ({ signal }) => {
      // The manifest's own words; the server judges them.
      const machine = JSON.parse(rested) as VirtualMachine
      machine.metadata = { ...machine.metadata, namespace }
      await clusterApi(cluster).create(virtualMachines, machine, { dryRun: true, signal })
      return true
    },
    enabled: rested !== '' && cluster !== '',
    retry: false,
    staleTime: 10_000,
    gcTime: 60_000,
  })
  const problems = error instanceof BackendError ? problemsOf(error) : []
  if (text === '') return { state: 'idle', problems: [], error: undefined }
  if (isFetching || rested !== text) return { state: 'asking', problems, error: undefined }
  if (data === true) return { state: 'accepted', problems: [], error: undefined }
  return { state: 'refused', problems, error: problems.length === 0 ? (error ?? undefined) : undefined }
}

function problemsOf(error: BackendError): DryRun['problems'] {
  if (error.causes.length > 0) {
    return error.causes.map((cause) => ({ step: stepOfField(cause.field), cause }))
  }
  const about = error.code === 409 ? { field: 'metadata.name' } : {}
  const step = error.code === 409 ? 'source' : stepOfField(error.message)
  return error.code >= 400 && error.code < 500 ? [{ step, cause: { ...about, message: error.message } }] : []
}
