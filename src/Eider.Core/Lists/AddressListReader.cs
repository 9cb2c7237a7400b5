// A list of addresses from a file, also compressed: all of it, or the reason why not.

using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using Eider.Core.Capture;
using Eider.Core.Detect;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

internal static class AddressListReader
{
    /// <param name="path">The list, or a copy of it; errors call it by the specification's name.</param>
    /// <param name="list">Named as the specification is.</param>
    public static bool TryRead(
        string path, DomainListSpec spec, [NotNullWhen(true)] out AddressList? list, [NotNullWhen(true)] out ListImport? import, [NotNullWhen(false)] out ListError? error)
    {
        (list, import) = (null, null);
        if (!ListFile.TryOpen(path, out var file, out error))
        {
            return false;
        }

        var name = $"list {spec.Name}";
        using var stored = new PrefixedStream(file);
        var (lines, draft, report) = (default(ListLines), new AddressList.Draft(spec.Name), new ListImport { Format = ListFormat.Addresses });
        try
        {
            var text = stored.ReadPrefix(2) is [0x1f, 0x8b] ? new GZipStream(stored, CompressionMode.Decompress) : (Stream)stored;
            lines = new ListLines(text, spec.MaxSize);
            var format = ListFormat.Addresses;
            error = ForeignText.Recognise(lines, name, ref format);
            while (error is null && lines.TryRead(out var line, out _, out _))
            {
                report.Lines++;
                report.Comments += draft.Read(Encoding.UTF8.GetString(line), (int)lines.Line) ? 0 : 1;
            }

            error ??= ForeignText.Describe(lines, name, spec.MaxSize);
        }
        catch (Exception e) when (ListFile.IsReadFailure(e))
        {
            error = ListFile.ReadFailure(e, stored.HasEnded, name, lines?.Line ?? 0);
        }

        if (error is not null)
        {
            return false;
        }

        list = draft.Finish(out var errors);
        if (list is null)
        {
            error = new ListError(ListFault.NoAddress, $"list {errors[0]}{(errors.Count > 1 ? $" (and {errors.Count - 1} more)" : "")}");
            return false;
        }

        report.Octets = lines!.Octets;
        report.TakeAddresses(list.Count);
        import = report;
        return true;
    }
}
