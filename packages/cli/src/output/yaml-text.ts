/**
 * YAML, loaded with its first use. Imported lazily in place of the package: a bundler gives a lazily imported CommonJS package no
 * named exports.
 */

import { stringify } from 'yaml'

export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
