/**
 * YAML, loaded with its first use. Other modules import this file lazily, not the package: a bundler gives a lazily imported
 * CommonJS package no named exports.
 */

import { parse, stringify } from 'yaml'

/** @param text untrusted; aliases are limited, so that a small text cannot become a huge value */
export function parseYaml(text: string): unknown {
  return parse(text, { maxAliasCount: 100 })
}

export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
