/**
 * The settings of one Millrace process: a record per concern, read whole from one YAML file.
 *
 * <p>Every component carries a {@link io.millrace.config.Setting}: its sentence, its default and its bounds. The loader, the
 * reference page and the JSON Schema are all made from these, so they cannot disagree.
 */
package io.millrace.config;
