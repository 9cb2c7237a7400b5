// What a source says when it is asked for its list.

namespace Eider.Core.Lists.Sources;

/// <summary>Content, an error, or neither: then the source has what is known already.</summary>
/// <param name="Source">How messages call it.</param>
/// <param name="Length">Of the content, in octets, where the source says.</param>
/// <param name="Owner">Disposed of with the answer.</param>
internal sealed record SourceAnswer(string Source, Stream? Content = null, long? Length = null, string? ETag = null, string? LastModified = null, ListError? Error = null, IDisposable? Owner = null)
    : IDisposable
{
    public void Dispose()
    {
        Content?.Dispose();
        Owner?.Dispose();
    }
}
