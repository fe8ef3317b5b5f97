"""The glossary: every column a result can have, in both languages, with its unit and direction.

Suffixes have a meaning: ``*_score`` bigger is better; ``*_share`` lies in [0, 1]; ``*_days`` are days;
``n_*`` are counts. A test holds every public result against this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from segkit.words import language


@dataclass(frozen=True)
class Term:
    """A result column: labels, unit (see `segkit.words.formats.FORMATS`), direction, definition.

    `direction` is "higher" or "lower" where one end is better, "" where neither is.
    """

    name: str
    en: str
    vi: str
    unit: str
    direction: str = ""
    definition_en: str = ""
    definition_vi: str = ""

    def label(self, code: str | None = None) -> str:
        """The label in a language, the one in use by default."""
        return self.vi if (code or language.current()) == "vi" else self.en

    def definition(self, code: str | None = None) -> str:
        """The definition in a language, "" where the label says it all."""
        return self.definition_vi if (code or language.current()) == "vi" else self.definition_en


_TERMS = (
    # who
    Term("customer_id", "Customer", "Khách hàng", "text"),
    Term("respondent_id", "Respondent", "Người trả lời", "text"),
    Term("segment", "Segment", "Phân khúc", "message", "",
         "A group of customers whose characteristics set them apart from the others.",
         "Nhóm khách hàng có những đặc điểm khác biệt với các nhóm còn lại."),
    Term("brand", "Brand", "Thương hiệu", "message"),
    Term("next_brand", "Brand bought next", "Thương hiệu mua kế tiếp", "message"),
    Term("value", "Value", "Giá trị", "number"),
    Term("variable", "Variable", "Biến", "column"),
    Term("name", "Name", "Tên", "text"),
    Term("rule", "Rule", "Quy tắc", "text"),
    Term("model", "Model", "Mô hình", "message"),
    Term("method", "Method", "Phương pháp", "message"),
    # sizes
    Term("k", "Number of segments", "Số phân khúc", "count"),
    Term("size", "Customers", "Số khách hàng", "count"),
    Term("n", "Number", "Số lượng", "count"),
    Term("n_customers", "Customers", "Số khách hàng", "count"),
    Term("n_buyers", "Buyers", "Số người mua", "count"),
    Term("n_occasions", "Purchase occasions", "Số lần mua", "count", "",
         "Baskets, or days with a purchase where baskets are not recorded.",
         "Số giỏ hàng, hoặc số ngày có mua khi không ghi nhận giỏ hàng."),
    Term("n_rows", "Rows", "Số dòng", "count"),
    Term("n_figures", "Figures", "Số liệu", "count"),
    Term("segment_share", "Share of customers", "Tỷ trọng khách hàng", "percent"),
    Term("customer_share", "Share of customers", "Tỷ trọng khách hàng", "percent"),
    Term("revenue_share", "Share of revenue", "Tỷ trọng doanh thu", "percent"),
    Term("unassigned_share", "Unassigned customers", "Khách hàng chưa phân nhóm", "percent", "lower"),
    Term("value_share", "Value share", "Thị phần giá trị", "percent", "",
         "Share of the money spent.", "Tỷ trọng trên tổng số tiền chi tiêu."),
    Term("within_share", "Share of the segment", "Tỷ lệ trong phân khúc", "percent"),
    Term("total_share", "Share, all customers", "Tỷ trọng, toàn bộ khách hàng", "percent"),
    Term("smallest_share", "Smallest segment", "Phân khúc nhỏ nhất", "percent"),
    # recency, frequency, monetary
    Term("recency_days", "Recency (days)", "Lần mua gần nhất (số ngày)", "days", "lower",
         "Days from the end of the study period to the customer's last purchase.",
         "Số ngày từ lần mua cuối của khách hàng đến cuối kỳ nghiên cứu."),
    Term("frequency", "Frequency", "Tần suất", "number", "higher",
         "Number of purchase occasions.", "Số lần mua hàng."),
    Term("monetary", "Monetary value", "Giá trị chi tiêu", "money", "higher",
         "Total amount the customer spent.", "Tổng số tiền khách hàng đã chi."),
    Term("tenure_days", "Tenure (days)", "Thời gian gắn bó (số ngày)", "days", "",
         "Days from the customer's first purchase to the end of the study period.",
         "Số ngày từ lần mua đầu tiên đến cuối kỳ nghiên cứu."),
    Term("average_basket", "Average basket", "Giá trị giỏ hàng trung bình", "money", "higher"),
    Term("r", "R score", "Điểm R", "count", "higher"),
    Term("f", "F score", "Điểm F", "count", "higher"),
    Term("m", "M score", "Điểm M", "count", "higher"),
    Term("weekend_share", "Weekend purchases", "Tỷ lệ mua cuối tuần", "percent"),
    Term("evening_share", "Evening purchases", "Tỷ lệ mua buổi tối", "percent", "",
         "Share of purchases from 18:00 on.", "Tỷ lệ lần mua từ 18 giờ trở đi."),
    Term("n_stores", "Stores visited", "Số cửa hàng đã mua", "number"),
    Term("products_per_basket", "Products per basket", "Số sản phẩm mỗi giỏ", "number"),
    Term("n_contacts", "Campaigns received", "Số chiến dịch đã nhận", "number"),
    Term("n_responses", "Coupons redeemed", "Số phiếu giảm giá đã dùng", "number"),
    Term("income_from", "Income from", "Thu nhập từ", "money"),
    Term("revenue", "Revenue", "Doanh thu", "money", "higher"),
    Term("month", "Month", "Tháng", "date"),
    Term("first_date", "First purchase", "Ngày mua đầu tiên", "date"),
    Term("last_date", "Last purchase", "Ngày mua cuối cùng", "date"),
    # segmentation quality
    Term("criterion", "Sum of squared distances", "Tổng bình phương khoảng cách", "number", "lower"),
    Term("n_starts", "Starts", "Số lần khởi tạo", "count"),
    Term("near_best_share", "Near-best share", "Tỷ lệ gần tốt nhất", "percent", "higher",
         "Share of the random starts that end within 0.1 % of the best solution found (latent classes: within 0.1 "
         "of its log-likelihood). Low values mean that a single run would mislead.",
         "Tỷ lệ số lần khởi tạo ngẫu nhiên cho kết quả cách nghiệm tốt nhất không quá 0,1 % (với phân tích lớp tiềm "
         "ẩn: kém log hợp lý tốt nhất không quá 0,1). Giá trị thấp nghĩa là chạy một lần sẽ gây sai lệch."),
    Term("median_excess", "Excess of the median start", "Mức chênh của lần khởi tạo trung vị", "percent", "lower"),
    Term("explained_share", "Explained share", "Tỷ lệ được giải thích", "percent", "higher",
         "Share of the total sum of squares that lies between the segments.",
         "Tỷ lệ biến thiên nằm giữa các phân khúc trên tổng biến thiên."),
    # profile and description
    Term("mean", "Mean", "Trung bình", "number"),
    Term("std", "Standard deviation", "Độ lệch chuẩn", "number"),
    Term("min", "Smallest", "Nhỏ nhất", "number"),
    Term("median", "Median", "Trung vị", "number"),
    Term("max", "Largest", "Lớn nhất", "number"),
    Term("is_whole", "Whole month", "Trọn tháng", "message"),
    Term("total_mean", "Mean, all customers", "Trung bình toàn bộ khách hàng", "number"),
    Term("difference", "Difference", "Chênh lệch", "number"),
    Term("index_100", "Index", "Chỉ số", "index", "",
         "100 means as among all customers; 150 half as much again.",
         "100 nghĩa là bằng mức của toàn bộ khách hàng; 150 là cao hơn một nửa."),
    Term("is_marker", "Marker variable", "Biến đặc trưng", "message", "",
         "A variable on which the segment differs clearly from all customers.",
         "Biến mà phân khúc khác biệt rõ so với toàn bộ khách hàng."),
    Term("descriptor", "Descriptor variable", "Biến mô tả", "column", "",
         "A variable that describes segments but did not form them.",
         "Biến dùng để mô tả phân khúc, không dùng để tạo phân khúc."),
    Term("test", "Test", "Kiểm định", "message"),
    Term("statistic", "Statistic", "Thống kê", "number"),
    Term("effect", "Effect", "Độ đo", "text"),
    Term("effect_size", "Effect size", "Mức độ ảnh hưởng", "number", "higher",
         "0 means no difference between segments, 1 a complete one.",
         "0 là không khác biệt giữa các phân khúc, 1 là khác biệt hoàn toàn."),
    Term("p_value", "p-value", "Giá trị p", "p_value", "lower"),
    Term("adjusted_p", "Adjusted p", "p hiệu chỉnh", "p_value", "lower",
         "The p-value corrected for the number of tests.", "Giá trị p đã hiệu chỉnh theo số kiểm định."),
    Term("note", "Note", "Ghi chú", "message"),
    # brands
    Term("penetration", "Penetration", "Tỷ lệ thâm nhập", "percent", "higher",
         "Share of the category's buyers who bought the brand.",
         "Tỷ lệ người mua ngành hàng có mua thương hiệu."),
    Term("penetration_low", "Penetration, low", "Tỷ lệ thâm nhập, cận dưới", "percent"),
    Term("penetration_high", "Penetration, high", "Tỷ lệ thâm nhập, cận trên", "percent"),
    Term("purchase_frequency", "Purchase frequency", "Tần suất mua", "number", "higher",
         "Purchase occasions per buyer.", "Số lần mua trên mỗi người mua."),
    Term("share_of_category_requirements", "Share of category requirements", "Tỷ trọng nhu cầu ngành hàng", "percent",
         "higher", "The brand's part of all category purchases its buyers make.",
         "Phần của thương hiệu trong tổng lượng mua ngành hàng của người mua thương hiệu."),
    Term("sole_loyalty_share", "Sole loyalty", "Trung thành tuyệt đối", "percent", "higher",
         "Share of the brand's buyers who bought no other brand.",
         "Tỷ lệ người mua thương hiệu không mua thương hiệu nào khác."),
    Term("spend_per_buyer", "Spend per buyer", "Chi tiêu trên mỗi người mua", "money", "higher"),
    Term("repeat_share", "Repeat buying", "Tỷ lệ mua lặp lại", "percent", "higher",
         "Share of purchase occasions followed by the same brand.",
         "Tỷ lệ lần mua mà lần kế tiếp vẫn chọn cùng thương hiệu."),
    # maps
    Term("point", "Point", "Điểm", "message"),
    Term("kind", "Kind", "Loại", "message"),
    Term("dim_1", "Dimension 1", "Chiều 1", "number"),
    Term("dim_2", "Dimension 2", "Chiều 2", "number"),
    Term("mass", "Mass", "Khối lượng", "percent"),
    Term("quality", "Quality of display", "Chất lượng thể hiện", "percent", "higher",
         "How much of the point's position the map shows.", "Phần vị trí của điểm được bản đồ thể hiện."),
    Term("dimension", "Dimension", "Chiều", "count"),
    Term("inertia", "Inertia", "Quán tính", "number"),
    Term("inertia_share", "Share of inertia", "Tỷ lệ quán tính", "percent"),
    # targeting
    Term("question", "Question", "Câu hỏi", "message"),
    Term("measure", "Measure", "Thước đo", "message"),
    Term("all_customers", "All customers", "Toàn bộ khách hàng", "number"),
    Term("at_least", "Enough is", "Mức đủ", "number"),
    Term("answer", "Answer", "Trả lời", "message"),
    Term("because", "Why this measure", "Vì sao dùng thước đo này", "message"),
    Term("attractiveness_score", "Attractiveness", "Mức hấp dẫn", "number", "higher",
         "Weighted score of the criteria, 0 to 100.", "Điểm có trọng số của các tiêu chí, từ 0 đến 100."),
    Term("segment_rank", "Rank", "Thứ hạng", "count", "lower"),
    Term("first_share", "Comes first", "Tỷ lệ đứng đầu", "percent", "higher",
         "Share of random weightings around the given ones in which the segment comes first.",
         "Tỷ lệ các bộ trọng số ngẫu nhiên quanh bộ đã cho mà phân khúc đứng đầu."),
    Term("knocked_out_by", "Knocked out by", "Bị loại bởi", "column"),
    Term("criterion_weight", "Weight", "Trọng số", "percent"),
    # characteristics of customers that the documents name (M1, M2)
    Term("age", "Age", "Độ tuổi", "text"),
    Term("gender", "Gender", "Giới tính", "text"),
    Term("income", "Income", "Thu nhập", "text"),
    Term("education", "Education", "Học vấn", "text"),
    Term("occupation", "Occupation", "Nghề nghiệp", "text"),
    Term("marital_status", "Marital status", "Tình trạng hôn nhân", "text"),
    Term("home_ownership", "Home ownership", "Tình trạng nhà ở", "text"),
    Term("household_size", "Household size", "Số người trong hộ", "text"),
    Term("household_comp", "Household type", "Kiểu hộ gia đình", "text"),
    Term("kids_count", "Number of children", "Số con", "text"),
    Term("country", "Country", "Quốc gia", "text"),
    Term("region", "Region", "Vùng", "text"),
    Term("city", "City", "Thành phố", "text"),
    # brand cases
    Term("claim_id", "Claim", "Nhận định", "text"),
    Term("topic", "Topic", "Chủ đề", "message"),
    Term("fact_id", "Source id", "Mã nguồn", "text"),
    Term("claim", "Claim", "Nhận định", "message"),
    Term("verdict", "Verdict", "Kết luận", "message"),
    Term("reading", "How far the figures go", "Số liệu cho biết đến đâu", "message"),
    Term("figure_id", "Figure", "Số liệu", "text"),
    Term("series", "Series", "Chuỗi số liệu", "text"),
    Term("title", "Title", "Tiêu đề", "message"),
    Term("label", "Label", "Nhãn", "message"),
    Term("unit", "Unit", "Đơn vị", "message"),
    Term("as_of_date", "Date", "Thời điểm", "text"),
    Term("source", "Source", "Nguồn", "text"),
    Term("confidence", "Confidence", "Độ tin cậy", "message"),
    Term("source_note", "Note", "Ghi chú", "message"),
    Term("n_claims", "Claims", "Số nhận định", "count"),
    # latent classes
    Term("log_likelihood", "Log-likelihood", "Log hợp lý", "number", "higher",
         "How likely the answers are under the classes; comparable on the same customers only.",
         "Mức độ mô hình phân lớp giải thích được các câu trả lời; chỉ so sánh được trên cùng một tập khách hàng."),
    Term("n_parameters", "Parameters", "Số tham số", "count"),
    Term("df", "Degrees of freedom", "Bậc tự do", "count"),
    Term("aic", "AIC", "AIC", "number", "lower",
         "Fit with a penalty of 2 per parameter; tends to ask for too many classes.",
         "Độ phù hợp, phạt 2 điểm cho mỗi tham số; thường cho nhiều lớp hơn cần thiết."),
    Term("bic", "BIC", "BIC", "number", "lower",
         "Fit with a penalty that grows with the number of customers; the usual choice of the number of classes.",
         "Độ phù hợp, mức phạt tăng theo số khách hàng; tiêu chí thường dùng để chọn số lớp."),
    Term("sabic", "Sample-size adjusted BIC", "BIC hiệu chỉnh theo cỡ mẫu", "number", "lower"),
    Term("caic", "Consistent AIC", "CAIC (AIC nhất quán)", "number", "lower"),
    Term("icl", "ICL", "ICL", "number", "lower",
         "BIC with a further penalty for customers whose class is uncertain.",
         "BIC cộng thêm mức phạt cho những khách hàng khó xếp lớp."),
    Term("entropy", "Entropy R²", "Entropy R²", "number", "higher",
         "How certain the classes of the customers are: 1 all certain, 0 all by chance.",
         "Mức chắc chắn khi xếp khách hàng vào lớp: 1 là hoàn toàn chắc chắn, 0 là ngẫu nhiên."),
    Term("g_squared", "G²", "G²", "number", "lower",
         "Distance between the counts of the answer patterns and those the classes expect.",
         "Khoảng cách giữa tần số các mẫu câu trả lời thực tế và tần số mô hình dự kiến."),
    Term("class_share", "Estimated share", "Tỷ trọng ước lượng", "percent", "",
         "Share of the class with each customer counted by the probability of belonging.",
         "Tỷ trọng của lớp khi mỗi khách hàng được tính theo xác suất thuộc về lớp đó."),
    Term("membership_share", "Membership probability", "Xác suất thuộc phân khúc", "percent", "higher",
         "How probable it is that the customer belongs to the segment.",
         "Khả năng khách hàng thực sự thuộc về phân khúc."),
    *(Term(f"posterior_{j}", f"Probability of segment {j}", f"Xác suất thuộc phân khúc {j}", "percent")
      for j in range(1, 21)),
    Term("item", "Item", "Câu hỏi", "column"),
    Term("answer", "Answer", "Câu trả lời", "text"),
    Term("probability", "Probability", "Xác suất", "percent", "",
         "How probable the answer is for a member of the segment.",
         "Khả năng một khách hàng của phân khúc chọn câu trả lời đó."),
    Term("alternative_k", "Against", "So với số phân khúc", "count"),
    Term("critical_value", "Critical value", "Giá trị tới hạn", "number", "",
         "The statistic exceeds it in 5 % of the samples when no further class is needed.",
         "Khi không cần thêm lớp, thống kê chỉ vượt mức này ở 5 % số mẫu."),
    Term("n_boot", "Bootstrap samples", "Số mẫu bootstrap", "count"),
    Term("class", "Class", "Lớp", "text"),
    Term("estimate", "Estimate", "Ước lượng", "number"),
    Term("standard_error", "Standard error", "Sai số chuẩn", "number", "lower"),
    Term("low", "From (95 %)", "Từ (95 %)", "number", "",
         "Lower end of the 95 % interval.", "Cận dưới của khoảng tin cậy 95 %."),
    Term("high", "To (95 %)", "Đến (95 %)", "number", "",
         "Upper end of the 95 % interval.", "Cận trên của khoảng tin cậy 95 %."),
    # faults of rules
    Term("problem", "Problem", "Vấn đề", "message"),
    Term("other", "Other", "Khác", "text"),
)

TERMS = {term.name: term for term in _TERMS}
"""All terms by column name."""


def label(name: str, code: str | None = None) -> str:
    """The label of a column; a column of the user's own data keeps its name.

    Examples
    --------
    >>> label("penetration"), label("penetration", "vi"), label("my_column")
    ('Penetration', 'Tỷ lệ thâm nhập', 'my_column')
    """
    return TERMS[name].label(code) if name in TERMS else str(name)


def unit(name: str, default: str = "text") -> str:
    """The unit of a column."""
    return TERMS[name].unit if name in TERMS else default
