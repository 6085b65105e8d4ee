/** A manifest in the editor of the machine's page: what the server would refuse is marked where it stands. */

import type { StatusCause } from '@berth/meta'
import { draftProblem, placeInText, type Draft } from '@berth/view'
import { lazy, Suspense, useMemo } from 'react'
import { Skeleton } from '../../ui/index.ts'

const YamlEditor = lazy(async () => ({ default: (await import('../machine/configure/yaml-editor.tsx')).YamlEditor }))

export interface ManifestEditorProps {
  label: string
  draft: Draft
  causes: readonly StatusCause[]
  onChange: (text: string) => void
}

export function ManifestEditor({ label, draft, causes, onChange }: ManifestEditorProps) {
  const problems = useMemo(() => {
    const problem = draftProblem(draft)
    if (problem !== undefined) return [problem]
    return causes.map(({ field = '', message = '' }) => ({
      message: `${field}: ${message}`,
      line: placeInText(draft.text, field),
    }))
  }, [draft, causes])
  return (
    <Suspense fallback={<Skeleton lines={12} />}>
      <YamlEditor label={label} text={draft.text} problems={problems} onChange={onChange} />
    </Suspense>
  )
}
