package io.millrace.config.load;

import io.millrace.config.MillraceConfig;
import io.millrace.config.Setting;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The JSON Schema for editors, made of the setting records.
 *
 * @see <a href="https://json-schema.org/draft/2020-12">JSON Schema 2020-12</a>
 */
public final class JsonSchema {
    private JsonSchema() {
    }

    /** The schema as text. */
    public static String text() {
        String root = group(MillraceConfig.class, "  ");
        return "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"Millrace\",\n" + root + "\n}\n";
    }

    private static String group(Class<?> type, String indent) {
        List<String> properties = new ArrayList<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Setting setting = Objects.requireNonNull(component.getAnnotation(Setting.class));
            properties.add(
                    indent + "  " + quote(component.getName()) + ": {\n" + property(component, setting, indent + "    ") + "\n" + indent + "  }");
            if (setting.orElse().equals(Setting.REQUIRED)) {
                required.add(quote(component.getName()));
            }
        }
        return indent + "\"type\": \"object\",\n" + indent + "\"additionalProperties\": false,\n" + indent + "\"required\": ["
                + String.join(", ", required) + "],\n" + indent + "\"properties\": {\n" + String.join(",\n", properties) + "\n" + indent + "}";
    }

    private static String property(RecordComponent component, Setting setting, String indent) {
        Class<?> type = ReferencePage.raw(component.getGenericType());
        String description = indent + "\"description\": " + quote(setting.value());
        if (component.getType() == List.class) {
            String items = ReferencePage.isGroup(type) ? "\n" + group(type, indent + "  ") + "\n" + indent : scalar(type, setting);
            return description + ",\n" + indent + "\"type\": \"array\",\n" + indent + "\"items\": {" + items + "}";
        }
        return description + ",\n" + (ReferencePage.isGroup(type) ? group(type, indent) : indent + scalar(type, setting));
    }

    private static String scalar(Class<?> type, Setting setting) {
        return switch (type.getSimpleName()) {
            case "int", "long" -> "\"type\": [\"integer\", \"string\"]" + (setting.min() == Long.MIN_VALUE
                    ? ""
                    : ", \"minimum\": " + setting.min() + ", \"maximum\": " + setting.max());
            case "boolean" -> "\"type\": [\"boolean\", \"string\"]";
            case "Duration" -> "\"type\": \"string\", \"pattern\": \"^(\\\\d+ *(ms|s|m|h|d)|.*\\\\$\\\\{.*)$\"";
            case "ByteSize" -> "\"type\": \"string\", \"pattern\": \"^(\\\\d+ *(B|KiB|MiB|GiB|TiB)|.*\\\\$\\\\{.*)$\"";
            default -> type.isEnum()
                    ? "\"enum\": ["
                            + Arrays.stream(type.getEnumConstants()).map(constant -> quote(Scalars.spelling(constant)))
                                    .collect(Collectors.joining(", "))
                            + "]"
                    : "\"type\": \"string\"";
        };
    }

    private static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
