/** From YAML to setting records, and from setting records to the reference page and the JSON Schema. */
package io.millrace.config.load;
