package io.millrace.protocol;

/**
 * The first byte of what a client sends, by the manual's names.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html">enum_server_command</a>
 */
public final class Commands {
    public static final byte COM_QUIT = 0x01;
    public static final byte COM_INIT_DB = 0x02;
    public static final byte COM_QUERY = 0x03;
    public static final byte COM_FIELD_LIST = 0x04;
    public static final byte COM_STATISTICS = 0x09;
    public static final byte COM_PROCESS_KILL = 0x0c;
    public static final byte COM_PING = 0x0e;
    public static final byte COM_BINLOG_DUMP = 0x12;
    public static final byte COM_REGISTER_SLAVE = 0x15;
    public static final byte COM_STMT_PREPARE = 0x16;
    public static final byte COM_STMT_EXECUTE = 0x17;
    public static final byte COM_STMT_SEND_LONG_DATA = 0x18;
    public static final byte COM_STMT_CLOSE = 0x19;
    public static final byte COM_STMT_RESET = 0x1a;
    public static final byte COM_SET_OPTION = 0x1b;
    public static final byte COM_STMT_FETCH = 0x1c;
    public static final byte COM_BINLOG_DUMP_GTID = 0x1e;
    public static final byte COM_RESET_CONNECTION = 0x1f;

    private Commands() {
    }
}
