/** Texts with suggestions, and several of them. */

import { Autocomplete, TagsInput, type AutocompleteProps, type TagsInputProps } from '@mantine/core'
import { dropdown } from './field-classes.ts'

/** A text with suggestions. */
export function SuggestInput(props: AutocompleteProps) {
  return <Autocomplete classNames={dropdown} size="sm" {...props} />
}

/** Several short texts: labels, addresses. */
export function TagsInputs(props: TagsInputProps) {
  return <TagsInput classNames={dropdown} size="sm" {...props} />
}
