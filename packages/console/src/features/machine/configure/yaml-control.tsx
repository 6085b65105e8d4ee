/** A part of the manifest that has no form of its own, as YAML. */

import { useState } from 'react'
import { deepEqual, type Json } from '@berth/meta'
import { readYaml, writeYaml } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { TextAreaField } from '../../../ui/index.ts'
import type { FieldState } from './draft-context.tsx'
import { mono } from './mono.ts'

export function YamlControl({ id, state }: { id: string; state: FieldState }) {
  const t = useMessages('machine')
  const written = state.value === undefined ? '' : writeYaml(state.value)
  const [typed, setTyped] = useState({ text: written, value: state.value })
  // The value may change elsewhere: in the YAML tab, by a merge, by Revert.
  if (!deepEqual(typed.value, state.value)) setTyped({ text: written, value: state.value })
  const read = readPart(typed.text)
  return (
    <TextAreaField
      size="xs"
      id={id}
      autosize
      minRows={1}
      maxRows={16}
      spellCheck={false}
      placeholder={t('configure.unset')}
      styles={mono}
      value={typed.text}
      error={'problem' in read ? read.problem : state.error}
      onChange={({ currentTarget }) => {
        const text = currentTarget.value
        const next = readPart(text)
        // What is no YAML yet stays here until it is.
        setTyped({ text, value: 'problem' in next ? state.value : next.value })
        if (!('problem' in next)) state.set(next.value)
      }}
    />
  )
}

/** The reader takes objects only, so that the part is put into one. */
function readPart(text: string): { value: Json | undefined } | { problem: string } {
  if (text.trim() === '') return { value: undefined }
  const read = readYaml(`part:\n${text.replaceAll(/^/gm, '  ')}`)
  return 'problem' in read ? { problem: read.problem.message } : { value: read.value['part'] }
}
