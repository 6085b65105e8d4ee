/**
 * The manifest of the wizard: one draft that the form and the editor both change. What was typed by hand stays when the form changes
 * afterwards: the form's change is put into the text, nothing else.
 */

import type { VirtualMachine } from '@berth/api'
import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { batchNames, changesBetween, draftValue, newMachine, openDraft, withValue, type Draft } from '@berth/view'
import { wishOf, type WizardForm } from './form.ts'

export interface WizardState {
  form: WizardForm
  /** Only after somebody typed into the manifest. */
  manual?: Draft
}

/** Shown while no name was given. */
const nameless = 'new-vm'

export function namesOf({ batch }: WizardForm): string[] {
  return batchNames({ ...batch, pattern: batch.pattern === '' ? nameless : batch.pattern })
}

/** What the form alone comes to. */
export function machineOf(form: WizardForm, name: string): VirtualMachine | undefined {
  const wish = wishOf(form, name)
  return wish === undefined ? undefined : newMachine(wish)
}

/** The draft of the first machine. */
export function draftOf({ form, manual }: WizardState): Draft | undefined {
  if (manual !== undefined) return manual
  const machine = machineOf(form, namesOf(form)[0] ?? nameless)
  return machine === undefined ? undefined : openDraft(machine)
}

/** The form changed: what differs because of that goes into what was typed. */
export function withForm(state: WizardState, change: Partial<WizardForm>): WizardState {
  const form = { ...state.form, ...change }
  if (state.manual === undefined) return { form }
  const before = machineOf(state.form, namesOf(state.form)[0] ?? nameless)
  const after = machineOf(form, namesOf(form)[0] ?? nameless)
  return { form, manual: moved(state.manual, before, after) }
}

/** What to create, by name: the first as in the draft, the others as it with what their name changes. */
export function objectsOf(state: WizardState): { name: string; object: JsonObject }[] {
  const draft = draftOf(state)
  const first = draft === undefined ? undefined : draftValue(draft)
  if (draft === undefined || first === undefined) return []
  const names = namesOf(state.form)
  if (names.length === 1) return [{ name: nameIn(first) ?? names[0] ?? nameless, object: first }]
  const origin = machineOf(state.form, names[0] ?? nameless)
  return names.flatMap((name, index) => {
    if (index === 0) return [{ name, object: first }]
    const object = draftValue(moved(draft, origin, machineOf(state.form, name)))
    return object === undefined ? [] : [{ name, object }]
  })
}

function moved(draft: Draft, before: VirtualMachine | undefined, after: VirtualMachine | undefined): Draft {
  if (before === undefined || after === undefined || draftValue(draft) === undefined) return draft
  // Machines are JSON.
  const changes = changesBetween(before as unknown as Json, after as unknown as Json)
  return changes.reduce((current, { path, after: value }) => {
    try {
      return withValue(current, path, value)
    } catch (error) {
      // The place is gone from what was typed: that is how they want it.
      if (error instanceof RangeError) return current
      throw error
    }
  }, draft)
}

export function nameIn(object: JsonObject): string | undefined {
  const { metadata } = object
  const name = isJsonObject(metadata) ? metadata['name'] : undefined
  return typeof name === 'string' ? name : undefined
}

const secretWords = /passw|plain_text|hashed|private.key|BEGIN [A-Z ]*PRIVATE|ssh_keys|token|secret:/i

/** What may be kept beyond this page: without passwords, and without texts that seem to hold one. */
export function storable({ form, manual }: WizardState): WizardState {
  const userData = secretWords.test(form.userData) ? '#cloud-config\n' : form.userData
  const kept: WizardState = { form: { ...form, password: '', userData } }
  if (manual !== undefined && !secretWords.test(manual.text)) kept.manual = manual
  return kept
}
