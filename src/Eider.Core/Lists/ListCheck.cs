// A list read to its end for what can be said of it: before it is kept, and for people who ask.

using System.Diagnostics.CodeAnalysis;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

public static class ListCheck
{
    private const long NamesPerReport = 16_384;

    /// <param name="path">The list, or a copy of it; errors call it by the specification's name.</param>
    /// <param name="progress">Told now and then, on this thread.</param>
    /// <returns>False, with <paramref name="error"/>, where the list cannot be used as a whole. One without any name can be read, and has none.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static bool TryRead(string path, DomainListSpec spec, Action<ListProgress>? progress, [NotNullWhen(true)] out ListImport? import, [NotNullWhen(false)] out ListError? error,
        CancellationToken cancellation = default)
    {
        if (spec.Format == ListFormat.Addresses)
        {
            return AddressListReader.TryRead(path, spec, out _, out import, out error);
        }

        import = null;
        if (!ListFile.TryOpen(path, out var file, out error)
            || !DomainListReader.TryOpen(file, $"list {spec.Name}", spec.Format, spec.Match, out var reader, out error, spec.MaxSize))
        {
            return false;
        }

        using (reader)
        {
            var total = file.Length;
            while (reader.TryRead(out _))
            {
                if (reader.Import.Names % NamesPerReport == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Invoke(new ListProgress(spec.Name, ListStage.Reading, file.Position, total, reader.Import.Names));
                }
            }

            error = reader.Error;
            import = error is null ? reader.Import : null;
            if (import is not null)
            {
                progress?.Invoke(new ListProgress(spec.Name, ListStage.Reading, total, total, import.Names));
            }

            return error is null;
        }
    }
}
