package io.millrace.config.load;

import io.millrace.config.value.ByteSize;
import io.millrace.config.Checked;
import io.millrace.config.Setting;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Makes setting records of YAML nodes; whatever does not fit goes to the {@link Problems}. One thread. */
final class RecordBinder {
    private final Problems problems;
    private final References references;

    RecordBinder(Problems problems, References references) {
        this.problems = problems;
        this.references = references;
    }

    /** The record, or an arbitrary value that must not be used when there are problems. */
    @SuppressWarnings("NullAway") // With a problem the caller throws before it looks at the value.
    <T> T bindRoot(Class<T> type, Node root) {
        return type.cast(bindRecord(type, root, ""));
    }

    private @Nullable Object bindRecord(Class<?> type, Node node, String path) {
        if (!(node instanceof MappingNode mapping)) {
            problems.add(node, named(path) + " must be a group of keys");
            return null;
        }
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Node> given = keys(mapping, components, path);
        Object[] values = new Object[components.length];
        boolean complete = true;
        for (int i = 0; i < components.length; i++) {
            values[i] = bindComponent(components[i], given.get(components[i].getName()), mapping, path);
            complete &= values[i] != null;
        }
        return complete ? construct(type, values, mapping, path) : null;
    }

    private Map<String, Node> keys(MappingNode mapping, RecordComponent[] components, String path) {
        List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
        Map<String, Node> given = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
                problems.add(tuple.getKeyNode(), named(path) + " must be a group of keys: a key is a word");
                continue;
            }
            String key = scalar.getValue();
            if (!known.contains(key)) {
                problems.add(tuple.getKeyNode(), join(path, key) + " is not known here; allowed are " + String.join(", ", known));
            } else if (given.put(key, tuple.getValueNode()) != null) {
                problems.add(tuple.getKeyNode(), join(path, key) + " stands twice");
            }
        }
        return given;
    }

    private @Nullable Object bindComponent(RecordComponent component, @Nullable Node node, MappingNode parent, String path) {
        Setting setting = Objects.requireNonNull(component.getAnnotation(Setting.class), component::toString);
        String key = join(path, component.getName());
        if (node == null && setting.orElse().equals(Setting.REQUIRED)) {
            problems.add(parent, key + " is missing");
            return null;
        }
        Node value = node == null ? new Yaml(new LoaderOptions()).compose(new StringReader(setting.orElse())) : node;
        return bindValue(component.getGenericType(), value, key, setting);
    }

    private @Nullable Object bindValue(Type type, Node node, String key, Setting setting) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            return bindList(generic.getActualTypeArguments()[0], node, key, setting);
        }
        if (type instanceof ParameterizedType generic) {
            boolean absent = node.getTag().equals(Tag.NULL);
            return absent ? Optional.empty() : Optional.ofNullable(bindValue(generic.getActualTypeArguments()[0], node, key, setting));
        }
        Class<?> raw = (Class<?>) type;
        return raw.isRecord() && raw != ByteSize.class ? bindRecord(raw, node, key) : bindScalar(raw, node, key, setting);
    }

    private @Nullable Object bindList(Type element, Node node, String key, Setting setting) {
        if (!(node instanceof SequenceNode sequence)) {
            problems.add(node, key + " must be a list");
            return null;
        }
        List<Object> values = new ArrayList<>();
        boolean complete = true;
        for (Node item : sequence.getValue()) {
            Object value = bindValue(element, item, key + "[" + values.size() + "]", setting);
            complete &= value != null;
            values.add(value == null ? "" : value);
        }
        return complete ? values : null;
    }

    private @Nullable Object bindScalar(Class<?> type, Node node, String key, Setting setting) {
        if (!(node instanceof ScalarNode scalar)) {
            problems.add(node, key + " must be a single value");
            return null;
        }
        try {
            return Scalars.parse(type, references.resolve(scalar.getValue()), setting);
        } catch (IllegalArgumentException | ArithmeticException e) {
            problems.add(node, key + " " + e.getMessage());
            return null;
        }
    }

    private @Nullable Object construct(Class<?> type, Object[] values, Node node, String path) {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Object made = type.getDeclaredConstructor(types).newInstance(values);
            if (made instanceof Checked checked) {
                checked.check(sentence -> problems.add(node, join(path, sentence)));
            }
            return made;
        } catch (InvocationTargetException e) {
            problems.add(node, named(path) + " " + Objects.requireNonNull(e.getCause()).getMessage());
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("setting record " + type + " cannot be made", e);
        }
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String named(String path) {
        return path.isEmpty() ? "the file" : path;
    }
}
