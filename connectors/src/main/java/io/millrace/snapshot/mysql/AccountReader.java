package io.millrace.snapshot.mysql;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.snapshot.SchemaObject;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the leader's accounts and their grants; the server's own accounts stay where they are. */
final class AccountReader {
    private static final String OWN_ACCOUNTS = "'root','mysql.sys','mysql.session','mysql.infoschema','mariadb.sys',''";

    private final ServerConnection connection;

    AccountReader(ServerConnection connection) {
        this.connection = connection;
    }

    void read(List<SchemaObject> objects) throws IOException {
        if (connection.version().isMySql(8, 0, 17)) {
            connection.execute("SET SESSION print_identified_with_as_hex = 1");
        }
        List<SchemaObject> grants = new ArrayList<>();
        String users = " FROM mysql.user WHERE User NOT IN (" + OWN_ACCOUNTS + ")";
        if (connection.version().mariaDb()) {
            readRoles(objects, grants, connection.query("SELECT User" + users + " AND is_role = 'Y' ORDER BY 1"));
            users += " AND is_role = 'N'";
        }
        QueryResult accounts = connection.query("SELECT User, Host" + users + " ORDER BY 1, 2");
        for (int i = 0; i < accounts.rows().size(); i++) {
            TableName name = new TableName(accounts.text(i, 1), accounts.text(i, 0));
            String account = literal(name.name()) + "@" + literal(name.schema());
            objects.add(new SchemaObject(SchemaObject.Kind.USER, name, connection.query("SHOW CREATE USER " + account).text(0, 0), ""));
            QueryResult granted = connection.query("SHOW GRANTS FOR " + account);
            for (int j = 0; j < granted.rows().size(); j++) {
                grants.add(new SchemaObject(SchemaObject.Kind.GRANT, name, granted.text(j, 0), ""));
            }
        }
        objects.addAll(grants);
    }

    /** MySQL's roles are accounts; MariaDB's have no host and are made otherwise. */
    private void readRoles(List<SchemaObject> objects, List<SchemaObject> grants, QueryResult roles) throws IOException {
        for (int i = 0; i < roles.rows().size(); i++) {
            TableName name = new TableName("", roles.text(i, 0));
            boolean everybody = name.name().equalsIgnoreCase("PUBLIC"); // Which is there, and is no name.
            if (!everybody) {
                objects.add(new SchemaObject(SchemaObject.Kind.USER, name, "CREATE ROLE IF NOT EXISTS " + literal(name.name()), ""));
            }
            QueryResult granted = connection.query("SHOW GRANTS FOR " + (everybody ? "PUBLIC" : literal(name.name())));
            for (int j = 0; j < granted.rows().size(); j++) {
                grants.add(new SchemaObject(SchemaObject.Kind.GRANT, name, granted.text(j, 0), ""));
            }
        }
    }

    private static String literal(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
