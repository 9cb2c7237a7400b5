// A list of domain names in any of its formats, read name by name: from a file to whoever compiles, counts or searches.

using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using Eider.Core.Capture;
using Eider.Core.Lists.Formats;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <summary>A list as text, also compressed with gzip. Memory stays the same for lists of any length, and nothing is allocated per line but for the first
/// examples of each fault and for names beyond ASCII. Not thread-safe.</summary>
public sealed class DomainListReader : IDisposable
{
    private readonly PrefixedStream _stored;
    private readonly Stream _text;
    private readonly ListLines _lines;
    private readonly IListFormat _format;
    private readonly LineNames _names;
    private readonly string _name;
    private readonly long _maxOctets;
    private bool _ended;

    private DomainListReader(PrefixedStream stored, Stream text, ListLines lines, IListFormat format, string name, long maxOctets)
    {
        (_stored, _text, _lines, _format, _name, _maxOctets) = (stored, text, lines, format, name, maxOctets);
        _names = new LineNames(Import);
    }

    /// <summary>What came of the lines read so far.</summary>
    public ListImport Import { get; } = new();

    /// <summary>Why reading ended before the end of the list; null while it has not, and after a whole list. What was read before is a part of a list, to be dropped.</summary>
    public ListError? Error { get; private set; }

    /// <param name="format">Auto: told from the first 64 KiB.</param>
    /// <param name="match">For hosts, domains and plain names among AdBlock rules; the other formats say it themselves, and so does a wildcard.</param>
    /// <param name="maxOctets">Of text, unpacked.</param>
    /// <returns>False, with <paramref name="error"/>, when there is no such file, it may not be read, or it is not a list.</returns>
    public static bool TryOpen(string path, ListFormat format, ListMatch match, [NotNullWhen(true)] out DomainListReader? reader, [NotNullWhen(false)] out ListError? error, long maxOctets = DomainListSpec.DefaultMaxSize)
    {
        reader = null;
        return ListFile.TryOpen(path, out var file, out error) && TryOpen(file, path, format, match, out reader, out error, maxOctets);
    }

    /// <param name="stream">Read from where it stands; need not seek. Owned from here on, also when it turns out not to be a list.</param>
    /// <param name="name">How errors call it.</param>
    /// <inheritdoc cref="TryOpen(string, ListFormat, ListMatch, out DomainListReader?, out ListError?, long)"/>
    public static bool TryOpen(Stream stream, string name, ListFormat format, ListMatch match, [NotNullWhen(true)] out DomainListReader? reader, [NotNullWhen(false)] out ListError? error,
        long maxOctets = DomainListSpec.DefaultMaxSize)
    {
        reader = null;
        if (format == ListFormat.Addresses)
        {
            stream.Dispose();
            error = new ListError(ListFault.FormatUnknown, $"{name}: it holds addresses, not names; name a list of names");
            return false;
        }

        var stored = new PrefixedStream(stream);
        try
        {
            var text = stored.ReadPrefix(2) is [0x1f, 0x8b] ? new GZipStream(stored, CompressionMode.Decompress) : (Stream)stored;
            var lines = new ListLines(text, maxOctets);
            error = ForeignText.Recognise(lines, name, ref format);
            reader = error is null ? new DomainListReader(stored, text, lines, FormatOf.Create(format, match), name, maxOctets) { Import = { Format = format } } : null;
        }
        catch (Exception e) when (ListFile.IsReadFailure(e))
        {
            error = ListFile.ReadFailure(e, stored.HasEnded, name, 0);
        }

        if (reader is null)
        {
            stream.Dispose();
        }

        return reader is not null;
    }

    /// <summary>Reads the next name.</summary>
    /// <returns>False at the end: of the list, or where it cannot be read on, which <see cref="Error"/> tells.</returns>
    public bool TryRead(out ListEntry entry)
    {
        while (!_names.TryTake(out entry))
        {
            if (_ended || !TryReadLine())
            {
                _ended = true;
                return false;
            }
        }

        return true;
    }

    public void Dispose() => _text.Dispose();

    private bool TryReadLine()
    {
        bool any;
        try
        {
            any = _lines.TryRead(out var line, out var indented, out var tooLong);
            Import.Octets = _lines.Octets;
            if (any)
            {
                Import.Lines++;
                Read(line, indented, tooLong);
            }
            else
            {
                _format.End(_names);
                Error = ForeignText.Describe(_lines, _name, _maxOctets);
            }
        }
        catch (Exception e) when (ListFile.IsReadFailure(e))
        {
            any = false;
            Error = ListFile.ReadFailure(e, _stored.HasEnded, _name, _lines.Line);
        }

        return any;
    }

    private void Read(ReadOnlySpan<byte> line, bool indented, bool tooLong)
    {
        _names.Begin(_lines.Line);
        if (tooLong)
        {
            _names.Skip(LineFault.LineTooLong, line);
        }
        else
        {
            _format.ReadLine(line, indented, _names);
        }
    }
}
