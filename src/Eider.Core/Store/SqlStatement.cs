// A prepared statement on SQLite's own interface: binds integers, text and octets without boxing, which the provider's parameters cannot.

using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Eider.Core.Store;

/// <summary>For one thread. Parameters count from 1, columns from 0, as in SQLite. Every failure is a <see cref="SqliteException"/>.</summary>
internal sealed class SqlStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqlStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Runs statements without parameters, ignoring rows.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        var code = raw.sqlite3_exec(connection.Handle!, sql);
        if (code != raw.SQLITE_OK)
        {
            throw Failure(connection.Handle!, code);
        }
    }

    /// <summary>The first column of the first row; null when there is no row or it is NULL.</summary>
    public static long? QueryInt64(SqliteConnection connection, string sql)
    {
        using var statement = new SqlStatement(connection, sql);
        return statement.Step() ? statement.Int64(0) : null;
    }

    public SqlStatement Bind(int parameter, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(_statement, parameter, number) : raw.sqlite3_bind_null(_statement, parameter));
        return this;
    }

    /// <summary>Lone surrogates become U+FFFD: what came from outside may hold them, UTF-8 cannot.</summary>
    public SqlStatement Bind(int parameter, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            Check(text is null ? raw.sqlite3_bind_null(_statement, parameter) : raw.sqlite3_bind_text(_statement, parameter, ""));
            return this;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, buffer);
        var code = raw.sqlite3_bind_text(_statement, parameter, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        Check(code);
        return this;
    }

    /// <summary>Text that is already UTF-8, not empty.</summary>
    public SqlStatement BindUtf8(int parameter, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, utf8));
        return this;
    }

    public SqlStatement BindBlob(int parameter, ReadOnlySpan<byte> octets)
    {
        Check(octets.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0) : raw.sqlite3_bind_blob(_statement, parameter, octets));
        return this;
    }

    /// <returns>True when a row is there to be read.</returns>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return code == raw.SQLITE_ROW;
        }

        var failure = Failure(_database, code);
        Reset();
        throw failure;
    }

    /// <summary>Ready for the next execution; bindings stay.</summary>
    public SqlStatement Reset()
    {
        // The code repeats the failure of the last step, which has been reported.
        raw.sqlite3_reset(_statement);
        return this;
    }

    /// <summary>Runs to the end and resets.</summary>
    public void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>Runs, reads the first column of the first row and resets.</summary>
    public long? RunInt64()
    {
        var value = Step() ? Int64(0) : null;
        Reset();
        return value;
    }

    /// <summary>Runs to the end and resets; the rows it inserted, changed or deleted.</summary>
    public int RunChanges()
    {
        Run();
        return raw.sqlite3_changes(_database);
    }

    public long? Int64(int column) =>
        raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(_statement, column);

    /// <summary>By length, not by terminator: text from outside may hold NUL.</summary>
    public string? Text(int column) =>
        raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public byte[] Blob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(_database, code);
        }
    }

    private static SqliteException Failure(sqlite3 database, int code) =>
        new(raw.sqlite3_errmsg(database).utf8_to_string(), code & 0xff, raw.sqlite3_extended_errcode(database));
}
