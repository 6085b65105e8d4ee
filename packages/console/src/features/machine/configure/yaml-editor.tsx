/** The draft as YAML, in an editor that is loaded when it is first shown. */

import { autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import { manifestCompletions, type CompletionSource } from './completion.ts'
import styles from './configure.module.css'

export interface EditorProblem {
  message: string
  /** From 1; the whole line is marked. */
  line: number
}

export interface YamlEditorProps {
  label: string
  text: string
  readOnly?: boolean
  problems: readonly EditorProblem[]
  /** Undefined until it is known. */
  schema?: CompletionSource | undefined
  onChange?: (text: string) => void
}

/** Colours are tokens, so that themes reach it. */
const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: 'var(--text-sm)' },
  '.cm-content': { fontFamily: 'var(--font-mono)', caretColor: 'var(--accent)', paddingBlock: '0.5rem' },
  '.cm-cursor': { borderInlineStartColor: 'var(--accent)' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface-sunken)',
    color: 'var(--text-muted)',
    borderInlineEnd: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--surface-hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--surface-selected)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--surface-raised)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--surface-selected)', color: 'var(--text)' },
  '.cm-panels': { backgroundColor: 'var(--surface-raised)', color: 'var(--text)' },
  '.cm-scroller': { overflow: 'auto' },
})

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--migrating)' },
  { tag: tags.comment, color: 'var(--text-muted)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.meta], color: 'var(--text-muted)' },
])

export function YamlEditor({ label, text, readOnly = false, problems, schema, onChange }: YamlEditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  // What the editor calls is always the newest.
  const change = useRef(onChange)
  const source = useRef(schema)
  useEffect(() => {
    change.current = onChange
    source.current = schema
  })

  useEffect(() => {
    if (place.current === null) return undefined
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          history(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          lintGutter(),
          yaml(),
          autocompletion({ override: [(context) => manifestCompletions(context, source.current)] }),
          syntaxHighlighting(highlighting),
          look,
          ...nonce(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap]),
          EditorState.readOnly.of(readOnly),
          EditorState.tabSize.of(2),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change.current?.(update.state.doc.toString())
          }),
        ],
      }),
    })
    // A region that scrolls must be reachable by keyboard.
    made.scrollDOM.tabIndex = 0
    view.current = made
    return () => {
      made.destroy()
      view.current = undefined
    }
    // A text from elsewhere comes in below, without losing the cursor.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [label, readOnly])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === text) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } })
  }, [text])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    const { doc } = editor.state
    const found = problems.map(({ line, message }): Diagnostic => {
      const { from, to } = doc.line(Math.min(Math.max(1, line), doc.lines))
      return { from, to, message, severity: 'error' }
    })
    editor.dispatch(setDiagnostics(editor.state, found))
  }, [problems, text])

  return <div ref={place} className={styles['editor']} />
}

/** The policy of the page allows styles of this nonce only. */
function nonce(): Extension[] {
  const meta = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')
  return meta === null || meta.nonce === '' ? [] : [EditorView.cspNonce.of(meta.nonce)]
}
