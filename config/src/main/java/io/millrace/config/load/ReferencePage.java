package io.millrace.config.load;

import io.millrace.config.value.ByteSize;
import io.millrace.config.MillraceConfig;
import io.millrace.config.Setting;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Objects;

/** The reference page for people: every key with its sentence, type and default, made of the setting records. */
public final class ReferencePage {
    private final StringBuilder page = new StringBuilder();

    private ReferencePage() {
    }

    /** The page as Markdown. */
    public static String markdown() {
        ReferencePage reference = new ReferencePage();
        reference.page.append("""
                # Configuration reference

                One YAML file. Unknown keys and wrong values are all reported at once, with file, line and key. Any value may hold
                `${env:NAME}` or `${file:PATH}`. Durations have a unit (`500ms`, `30s`, `5m`, `12h`, `3d`), sizes too (`512KiB`, `64MiB`,
                `10GiB`). This page is made from the setting records.

                | key | type | default | meaning |
                |---|---|---|---|
                """);
        reference.record(MillraceConfig.class, "");
        reference.page.append(EXCEPTIONS);
        return reference.page.toString();
    }

    private static final String EXCEPTIONS = """

            ## What `apply: sql` cannot keep exact

            Replay gives the follower the leader's own row events and has no exceptions but what a snapshot brings of JSON documents: it holds
            them as text, so that DECIMAL, dates, times and blobs inside of them become floating-point numbers and strings; `seed: clone` keeps
            them. Of a snapshot the follower also computes STORED generated columns itself, in UTC. Where a follower does not grant `BINLOG`, rows become
            SQL, and:

            | what | on a follower fed by SQL |
            |---|---|
            | DECIMAL inside a JSON document | becomes a floating-point number: JSON text has no word for it |
            | dates, times and blobs inside a JSON document | become strings |
            | triggers | are not made on the follower; their effects come with the log's rows, but not with changes that the leader logs as statements (`binlog_format`) |
            | rows of a table without a primary key | are found by all their columns; of equal rows any one is changed |
            | tables with MariaDB's COMPRESSED columns | are refused with an error |
            | STORED generated columns of the time zone (over TIMESTAMP, FROM_UNIXTIME) | are computed again, in UTC |
            | tables with columns of MariaDB's types UUID, INET4 and INET6, and system-versioned ones | are refused with an error |
            | a row that is already as the change would make it | stops the follower, as one that is missing does |
            """;

    private void record(Class<?> type, String path) {
        for (RecordComponent component : type.getRecordComponents()) {
            Setting setting = Objects.requireNonNull(component.getAnnotation(Setting.class));
            String key = path + component.getName();
            Class<?> raw = raw(component.getGenericType());
            boolean list = component.getType() == List.class;
            page.append("| `").append(key).append(list ? "[]" : "").append("` | ").append(typeName(raw, list, setting)).append(" | ")
                    .append(orElse(setting, raw)).append(" | ").append(setting.value().replace("|", "\\|")).append(" |\n");
            if (isGroup(raw)) {
                record(raw, key + (list ? "[]." : "."));
            }
        }
    }

    static boolean isGroup(Class<?> type) {
        return type.isRecord() && type != ByteSize.class;
    }

    /** The type of a value, or of the elements of a list. */
    static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic ? (Class<?>) generic.getActualTypeArguments()[0] : (Class<?>) type;
    }

    private static String typeName(Class<?> type, boolean list, Setting setting) {
        String name = switch (type.getSimpleName()) {
            case "int", "long" -> setting.min() == Long.MIN_VALUE ? "number" : "number, " + setting.min() + " to " + setting.max();
            case "boolean" -> "true or false";
            case "Duration" -> "duration";
            case "ByteSize" -> "size";
            case "Secret" -> "secret";
            case "Path" -> "path";
            case "String" -> "text";
            default -> type.isEnum() ? "one of `" + Scalars.allowed(type).replace(", ", "`, `") + "`" : "group";
        };
        return list ? "list of " + name : name;
    }

    private static String orElse(Setting setting, Class<?> type) {
        if (setting.orElse().equals(Setting.REQUIRED)) {
            return "**required**";
        }
        return isGroup(type) || setting.orElse().equals("null") || setting.orElse().equals("[]") ? "" : "`" + setting.orElse() + "`";
    }
}
