/** The YAML side of the draft: what is wrong with it is marked where it stands. */

import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { isJsonObject, type JsonObject, type StatusCause } from '@berth/meta'
import { draftProblem, placeInText, withText } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { Skeleton } from '../../../ui/index.ts'
import type { CompletionSource } from './completion.ts'
import type { MachineDraft } from './use-draft.ts'
import type { EditorProblem } from './yaml-editor.tsx'

const YamlEditor = lazy(async () => ({ default: (await import('./yaml-editor.tsx')).YamlEditor }))

export function YamlPart({
  cluster,
  machineDraft,
  causes,
}: {
  cluster: string
  machineDraft: MachineDraft
  causes: readonly StatusCause[]
}) {
  const t = useMessages('machine')
  const { draft, change } = machineDraft
  const schema = useSchema(cluster)
  const problems = useMemo((): EditorProblem[] => {
    const problem = draftProblem(draft)
    if (problem !== undefined) return [problem]
    return causes.map(({ field = '', message = '' }) => ({
      message: `${field}: ${message}`,
      line: placeInText(draft.text, field),
    }))
  }, [draft, causes])
  return (
    <Suspense fallback={<Skeleton lines={12} />}>
      <YamlEditor
        label={t('configure.yaml')}
        text={draft.text}
        problems={problems}
        schema={schema}
        onChange={(text) => change((before) => (before.text === text ? before : withText(before, text)))}
      />
    </Suspense>
  )
}

/** Undefined where the server gives none: then there are no suggestions. */
function useSchema(cluster: string): CompletionSource | undefined {
  const { data } = useQuery({
    queryKey: ['openapi', cluster, 'kubevirt.io/v1'],
    queryFn: async ({ signal }) => clusterApi(cluster).raw<JsonObject>('openapi/v3/apis/kubevirt.io/v1', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return useMemo(() => {
    const components = data?.['components']
    const schemas = isJsonObject(components) ? components['schemas'] : undefined
    if (!isJsonObject(schemas)) return undefined
    const root = Object.keys(schemas).find((name) => name.endsWith('.VirtualMachine'))
    return root === undefined ? undefined : { schemas, root }
  }, [data])
}
