// Writes events one after the other in the form that was asked for: to pipes and files, and to terminals where nothing is live.

using System.Buffers;
using System.Text;
using Eider.Core;

namespace Eider.Output;

/// <summary>Not safe for concurrent use. The stream stays open.</summary>
/// <param name="node">As of <see cref="JsonFormat"/>.</param>
/// <param name="width">Columns of a table; 0: of one that is not cut to a terminal.</param>
public sealed class EventWriter(Stream output, OutputFormat format, string? node, int width, Style style, TimeZoneInfo zone) : IDisposable
{
    /// <summary>Columns of a table in a pipe or file.</summary>
    private const int PipeWidth = 160;

    private readonly JsonFormat _json = new(node);
    private readonly TableFormat _table = new(width > 0 ? width : PipeWidth, style, zone);
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private bool _hasHeader;

    public void Write(Event published)
    {
        if (format == OutputFormat.Json)
        {
            _line.ResetWrittenCount();
            _json.Write(published, _line);
            output.Write(_line.WrittenSpan);
        }
        else
        {
            Write(EventRow.From(published));
        }
    }

    /// <summary>Writes a row; for the forms that are made of rows.</summary>
    public void Write(EventRow row)
    {
        if (format == OutputFormat.Compact)
        {
            WriteLine(CompactFormat.Format(row));
            return;
        }

        if (!_hasHeader)
        {
            WriteLine(_table.Header());
            _hasHeader = true;
        }

        WriteLine(_table.Format(row));
    }

    public void Flush() => output.Flush();

    public void Dispose()
    {
        output.Flush();
        _json.Dispose();
    }

    private void WriteLine(string line)
    {
        _line.ResetWrittenCount();
        Encoding.UTF8.GetBytes(line, _line);
        _line.Write("\n"u8);
        output.Write(_line.WrittenSpan);
    }
}
