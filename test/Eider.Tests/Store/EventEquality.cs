// Compares events field by field: every property of the vocabulary, so that a new one cannot be forgotten by the store.

using System.Collections;
using System.Reflection;
using Xunit;

namespace Eider.Tests.Store;

internal static class EventEquality
{
    public static void AssertSame(object? expected, object? actual) => AssertSame(expected, actual, "event");

    private static void AssertSame(object? expected, object? actual, string place)
    {
        switch (expected)
        {
            case null or string or ValueType and not ReadOnlyMemory<byte> and not Core.ParentInfo:
                Assert.True(Equals(expected, actual), $"{place}: expected {expected ?? "null"}, was {actual ?? "null"}");
                break;
            case ReadOnlyMemory<byte> octets:
                Assert.True(octets.Span.SequenceEqual(((ReadOnlyMemory<byte>)actual!).Span), $"{place}: octets differ");
                break;
            case IReadOnlyDictionary<string, string> labels:
                Assert.Equal(labels, (IReadOnlyDictionary<string, string>)actual!);
                break;
            case IList list:
                Assert.Equal(list.Count, ((IList)actual!).Count);
                for (var i = 0; i < list.Count; i++)
                {
                    AssertSame(list[i], ((IList)actual)[i], $"{place}[{i}]");
                }

                break;
            default:
                Assert.IsType(expected.GetType(), actual);
                foreach (var property in expected.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    AssertSame(property.GetValue(expected), property.GetValue(actual), $"{place}.{property.Name}");
                }

                break;
        }
    }
}
