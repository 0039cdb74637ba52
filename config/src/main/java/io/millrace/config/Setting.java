package io.millrace.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What one key of the configuration file means: the source of the loader's checks, the reference page and the JSON Schema. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** Stands for "the file must give a value". */
    String REQUIRED = "\0required";

    /** One or two sentences for a DBA. */
    String value();

    /** The value used where the file gives none, written as it would stand in the file. */
    String orElse() default REQUIRED;

    /** The smallest value of a whole number, in the unit of the setting. */
    long min() default Long.MIN_VALUE;

    /** The largest value of a whole number, in the unit of the setting. */
    long max() default Long.MAX_VALUE;
}
