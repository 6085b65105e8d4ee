/** What a machine says about itself in its SMBIOS and ACPI tables. */

export interface SmbiosSpec {
  system?: { manufacturer?: string; product?: string; version?: string; sku?: string; family?: string }
  chassis?: { manufacturer?: string; version?: string; serial?: string; asset?: string; sku?: string }
}

/** A whole table, with its header, that the firmware hands to the guest. */
export interface AcpiTable {
  signature: 'SLIC' | 'MSDM'
  base64: string
}

/** Largest table taken, in bytes. Licence tables are a few hundred. */
export const maxAcpiTableBytes = 64 * 1024
