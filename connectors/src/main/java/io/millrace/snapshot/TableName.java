package io.millrace.snapshot;

/** A table by its schema and name, as the server spells them. */
public record TableName(String schema, String name) implements Comparable<TableName> {
    @Override
    public int compareTo(TableName other) {
        int bySchema = schema.compareTo(other.schema);
        return bySchema != 0 ? bySchema : name.compareTo(other.name);
    }

    /** The name as SQL takes it. */
    public String quoted() {
        return quote(schema) + "." + quote(name);
    }

    /** An identifier as SQL takes it, whatever it holds. */
    public static String quote(String identifier) {
        return "`" + identifier.replace("`", "``") + "`";
    }

    @Override
    public String toString() {
        return schema + "." + name;
    }
}
